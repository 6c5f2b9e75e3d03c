// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What the files of Linux say about memory.
class MemoryTest {

  @TempDir private Path root;

  @BeforeEach
  void machine() throws IOException {
    write(
        "proc/meminfo",
        "MemTotal:       24684256 kB\nMemFree:        20855000 kB\nMemAvailable:   23624000 kB\n");
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void a_machine_without_groups_has_its_total() {
    assertThat(Memory.bytes(root)).isEqualTo(24_684_256L * 1024);
  }

  @Test
  void a_group_without_a_limit_has_that_of_the_machine() throws IOException {
    write("proc/self/cgroup", "0::/user.slice\n");
    write("sys/fs/cgroup/user.slice/memory.max", "max\n");
    assertThat(Memory.bytes(root)).isEqualTo(24_684_256L * 1024);
  }

  @Test
  void the_least_limit_of_the_groups_around_counts() throws IOException {
    write("proc/self/cgroup", "1:cpu:/other\n0::/kube/pod/app\n");
    write("sys/fs/cgroup/kube/memory.max", "8589934592\n");
    write("sys/fs/cgroup/kube/pod/memory.max", "4294967296\n");
    write("sys/fs/cgroup/kube/pod/app/memory.max", "max\n");
    assertThat(Memory.bytes(root)).isEqualTo(4_294_967_296L);
  }

  @Test
  void a_container_sees_its_own_limit_at_the_root() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "2147483648\n");
    assertThat(Memory.bytes(root)).isEqualTo(2_147_483_648L);
  }

  @Test
  void groups_outside_of_what_is_seen_are_not_asked() throws IOException {
    write("proc/self/cgroup", "0::/../../elsewhere\n");
    write("memory.max", "1\n");
    assertThat(Memory.bytes(root)).isEqualTo(24_684_256L * 1024);
  }

  @Test
  void without_files_there_is_no_limit() throws IOException {
    assertThat(Memory.bytes(root.resolve("none"))).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void this_machine_is_known() {
    assertThat(Memory.bytes(Path.of("/"))).isBetween(1L << 28, 1L << 50);
  }
}
