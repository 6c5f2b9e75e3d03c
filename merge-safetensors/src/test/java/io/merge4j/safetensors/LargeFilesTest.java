// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sizes beyond an int; the files are sparse, the heap of the suite is 1 GB.
class LargeFilesTest {

  private static final long BYTES = 5_000_000_000L;

  @TempDir private Path directory;

  @Test
  void a_tensor_of_5_GB_is_read_at_its_ends_and_beyond_4_GB() throws IOException {
    Path file = directory.resolve("model.safetensors");
    byte[] header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[5000000,1000],\"data_offsets\":[0,%d]}}"
            .formatted(BYTES)
            .getBytes(StandardCharsets.US_ASCII);
    long[] marks = {0, Integer.MAX_VALUE, 1L << 31, (1L << 32) - 1, 1L << 32, BYTES - 1};
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(RawFile.of(header, 0));
      sparse.setLength(8 + header.length + BYTES);
      for (int i = 0; i < marks.length; i++) {
        sparse.seek(8 + header.length + marks[i]);
        sparse.write(i + 1);
      }
    }
    try (Checkpoint checkpoint = Safetensors.open(directory)) {
      Tensor tensor = checkpoint.find("a").orElseThrow();
      assertThat(tensor.spec().bytes()).isEqualTo(BYTES);
      byte[] one = new byte[1];
      for (int i = 0; i < marks.length; i++) {
        tensor.copy(marks[i], MemorySegment.ofArray(one));
        assertThat(one[0]).isEqualTo((byte) (i + 1));
      }
    }
  }
}
