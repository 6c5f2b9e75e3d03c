// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is full, and one that can't tell, both say that nothing is free.
class DiskSpaceTest {

  @TempDir private Path directory;

  @Test
  void a_file_to_come_lies_on_the_disk_of_the_directories_above() throws IOException {
    assertThat(DiskSpace.disk(directory.resolve("a/b/c"))).isEqualTo(Files.getFileStore(directory));
    assertThat(DiskSpace.free(DiskSpace.disk(directory)))
        .isBetween(1L, Files.getFileStore(directory).getTotalSpace());
  }

  @Test
  void a_full_disk_has_no_room() throws IOException {
    assertThat(DiskSpace.free(new Disk(1000, 0))).isZero();
  }

  @Test
  void a_disk_that_cannot_tell_has_room_for_anything() throws IOException {
    Path processes = Path.of("/proc");
    assumeThat(processes).isDirectory();

    assertThat(DiskSpace.free(DiskSpace.disk(processes))).isEqualTo(DiskSpace.UNKNOWN);
  }

  /// A disk of that size.
  private static final class Disk extends FileStore {

    private final long total;
    private final long usable;

    Disk(long total, long usable) {
      this.total = total;
      this.usable = usable;
    }

    @Override
    public String name() {
      return "disk";
    }

    @Override
    public String type() {
      return "test";
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public long getTotalSpace() {
      return total;
    }

    @Override
    public long getUsableSpace() {
      return usable;
    }

    @Override
    public long getUnallocatedSpace() {
      return usable;
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
      return false;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
      return false;
    }

    @Override
    public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object getAttribute(String attribute) {
      throw new UnsupportedOperationException();
    }
  }
}
