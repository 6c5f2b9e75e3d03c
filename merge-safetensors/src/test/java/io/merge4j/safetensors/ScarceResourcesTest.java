// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a merge needs and does not get: space within a quota, permission, memory.
class ScarceResourcesTest {

  private static final Output OUTPUT = Output.DEFAULT.sync(false).threads(2).shardSize(1000);

  private final FaultyDisk disk = new FaultyDisk();

  @TempDir private Path directory;
  private Path a;
  private Path b;
  private Path out;

  @BeforeEach
  void models() throws IOException {
    a = TinyModels.seeded(1).in(directory.resolve("a"));
    b = TinyModels.seeded(2).in(directory.resolve("b"));
    out = Files.createDirectory(directory.resolve("place")).resolve("out");
    Stopping.never(0);
  }

  @AfterEach
  void nothing_special() {
    Stopping.never(0);
  }

  private String failure() {
    Merge merge = Merger.using(new Stopping(), a, b);
    return String.valueOf(
        catchThrowableOfType(MergeException.class, () -> merge.writeTo(disk.on(out), OUTPUT))
            .getMessage());
  }

  @Test
  void a_quota_that_is_used_up_is_told_and_the_next_run_goes_on() throws IOException {
    Merger.using(new Stopping(), a, b).writeTo(directory.resolve("whole"), OUTPUT);
    Stopping.at(12, disk::useUpQuota);
    assertThat(failure()).contains("Cannot write").contains("Disk quota exceeded");
    assertThat(out).doesNotExist();
    disk.heal();
    Merger.using(new Stopping(), a, b).writeTo(disk.on(out), OUTPUT);
    assertThat(digests(out)).isEqualTo(digests(directory.resolve("whole")));
    assertHolds(out.getParent(), "out");
  }

  @Test
  void bytes_that_the_device_did_not_take_end_the_merge() throws IOException {
    Output forced = OUTPUT.sync(true);
    Merge merge = Merger.using(new Stopping(), a, b);
    merge.writeTo(directory.resolve("whole"), OUTPUT);
    disk.loseForcedOnce();
    assertThatThrownBy(() -> merge.writeTo(disk.on(out), forced))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("Cannot force the output to the storage device: Input/output error");
    assertThat(out).doesNotExist();
    merge.writeTo(disk.on(out), forced);
    assertThat(digests(out)).isEqualTo(digests(directory.resolve("whole")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_place_that_is_read_only_is_told_before_anything_is_computed(boolean known) {
    disk.protect(known);
    assertThat(failure())
        .contains(out.toString())
        .contains(known ? "allow writing to it, or choose another place" : "Read-only file system");
    assertThat(Stopping.steps()).isZero();
    assertHolds(out.getParent());
  }

  @Test
  void an_output_that_is_read_only_is_not_replaced() throws IOException {
    Files.createDirectory(out);
    Files.writeString(out.resolve("config.json"), "mine");
    disk.protect(true);
    Merge merge = Merger.using(new Stopping(), a, b);
    assertThat(
            catchThrowableOfType(
                MergeException.class, () -> merge.writeTo(disk.on(out), OUTPUT.overwrite(true))))
        .hasMessageContaining("directory %s is read-only".formatted(out));
    assertThat(Stopping.steps()).isZero();
    assertThat(out.resolve("config.json")).hasContent("mine");
  }

  /// A merge one of whose threads takes all memory that there is.
  static final class Program {

    private Program() {}

    public static void main(String[] args) {
      Stopping.at(
          Integer.parseInt(args[3]),
          () -> {
            int _ = takeAll();
          });
      try {
        Merger.using(new Stopping(), Path.of(args[0]), Path.of(args[1]))
            .writeTo(Path.of(args[2]), OUTPUT);
        System.out.println("no error");
      } catch (MergeException e) {
        System.out.println("told: " + e.getMessage());
      }
    }

    private static int takeAll() {
      List<byte[]> held = new ArrayList<>();
      for (int size = 1 << 20; size > 100; ) {
        try {
          held.add(new byte[size]);
        } catch (OutOfMemoryError e) {
          size = size / 2;
        }
      }
      held.add(new byte[1 << 20]);
      return held.size();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 9, 16})
  void a_merge_without_memory_ends_and_the_next_run_goes_on(int step) throws Exception {
    Merger.using(new Stopping(), a, b).writeTo(directory.resolve("whole"), OUTPUT);
    Process program = ChildJvm.start(Program.class, List.of("-Xmx24m"), a, b, out, step);
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(1, TimeUnit.MINUTES)).as(printed).isTrue();
    assertThat(printed).contains("emory").doesNotContain("no error");
    assertThat(out).doesNotExist();
    Merger.using(new Stopping(), a, b).writeTo(out, OUTPUT);
    assertThat(digests(out)).isEqualTo(digests(directory.resolve("whole")));
    assertHolds(out.getParent(), "out");
  }
}
