// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every operation of a merge on the disk of its output fails once, one after the other: the output
/// is absent or whole, and the next run gives the bytes of an undisturbed one.
class FaultyDiskTest {

  private static final Output OUTPUT = Output.DEFAULT.threads(2).shardSize(1000);

  private final FaultyDisk disk = new FaultyDisk();

  @TempDir private Path directory;
  private Path a;
  private Path b;
  private Path place;

  @BeforeEach
  void models() throws IOException {
    a = TinyModels.seeded(1).in(directory.resolve("a"));
    b = TinyModels.seeded(2).in(directory.resolve("b"));
    Files.writeString(a.resolve("tokenizer.json"), "{}");
    place = Files.createDirectory(directory.resolve("place"));
  }

  private MergeReport merge(double t, Path out, Output output) {
    return Merger.slerp(a, b).t(t).writeTo(disk.on(out), output);
  }

  /// Runs a merge.
  @FunctionalInterface
  private interface Run {
    MergeReport run();
  }

  /// What a merge left after an operation failed, and after it was run again.
  @FunctionalInterface
  private interface Check {
    void check(boolean again) throws IOException;
  }

  /// Fails each operation in turn.
  ///
  /// @return number of tensors taken over by the runs that followed
  private int failEach(boolean full, Run merge, Check check) throws IOException {
    int takenOver = 0;
    for (int operation = 1; operation < 1000; operation++) {
      disk.failAt(operation, full);
      String told = attempt(merge);
      String failed = disk.failed();
      disk.heal();
      if (failed.isEmpty()) {
        assertThat(operation).isGreaterThan(30);
        return takenOver;
      }
      try {
        check.check(false);
        takenOver += merge.run().takenOver();
        check.check(true);
        assertThat(disk.open()).isZero();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("Operation %d, %s: %s".formatted(operation, failed, told), e);
      }
    }
    throw new AssertionError("no end");
  }

  private static String attempt(Run merge) {
    try {
      MergeReport _ = merge.run();
      return "done all the same";
    } catch (MergeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_new_output_is_absent_or_whole(boolean full) throws IOException {
    Path out = place.resolve("out");
    merge(0.5, out, OUTPUT);
    Map<String, String> whole = digests(out);
    Map<String, String> inputs = digests(a);
    Directories.delete(out);
    int takenOver =
        failEach(
            full,
            () -> merge(0.5, out, OUTPUT.overwrite(true)),
            again -> {
              if (again || Files.exists(out)) {
                assertThat(digests(out)).isEqualTo(whole);
              }
              if (again) {
                assertHolds(place, "out");
                Directories.delete(out);
              }
            });
    assertThat(takenOver).isPositive();
    assertThat(digests(a)).isEqualTo(inputs);
  }

  @Test
  void an_output_that_is_replaced_is_the_old_one_or_the_new_one() throws IOException {
    Path out = place.resolve("out");
    merge(0.25, out, OUTPUT);
    Map<String, String> old = digests(out);
    Path kept = Files.move(out, directory.resolve("kept"));
    merge(0.5, out, OUTPUT);
    Map<String, String> whole = digests(out);
    Directories.delete(out);
    copy(kept, out);
    failEach(
        false,
        () -> merge(0.5, out, OUTPUT.overwrite(true)),
        again -> {
          assertThat(digests(out))
              .isIn(again ? java.util.List.of(whole) : java.util.List.of(old, whole));
          if (again) {
            assertHolds(place, "out");
            Directories.delete(out);
            copy(kept, out);
          }
        });
  }

  @Test
  void what_was_replaced_may_stay_behind_for_a_while() throws IOException {
    Path out = place.resolve("out");
    merge(0.5, out, OUTPUT);
    Map<String, String> whole = digests(out);
    for (int operation = 1; !disk.failed().matches("delete .*merge4j[.]old-.*"); operation++) {
      assertThat(operation).isLessThan(1000);
      disk.failAt(operation, false);
      if (attempt(() -> merge(0.5, out, OUTPUT.overwrite(true))).equals("done all the same")) {
        assertThat(digests(out)).isEqualTo(whole);
      } else {
        assertThat(disk.failed()).doesNotContain("merge4j.old-");
      }
    }
    disk.heal();
    merge(0.5, out, OUTPUT.overwrite(true));
    assertHolds(place, "out");
  }

  @Test
  void what_cannot_be_read_back_is_made_again() throws IOException {
    Path out = place.resolve("out");
    merge(0.5, out, OUTPUT);
    Map<String, String> whole = digests(out);
    boolean failed = true;
    for (int read = 1; failed; read++) {
      Directories.delete(out);
      disk.dieAt(40);
      assertThat(attempt(() -> merge(0.5, out, OUTPUT))).isNotEqualTo("done all the same");
      disk.heal();
      disk.failRead(read);
      merge(0.5, out, OUTPUT);
      failed = disk.hasFailedRead();
      assertThat(digests(out)).isEqualTo(whole);
      assertThat(disk.open()).isZero();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void a_file_is_absent_or_whole() throws IOException {
    Path out = place.resolve("out.safetensors");
    Merge merge =
        Merger.slerp(a.resolve("model.safetensors"), b.resolve("model.safetensors")).t(0.5);
    merge.writeTo(out, OUTPUT);
    byte[] whole = Files.readAllBytes(out);
    Files.delete(out);
    int takenOver =
        failEach(
            false,
            () -> merge.writeTo(disk.on(out), OUTPUT.overwrite(true)),
            again -> {
              if (again || Files.exists(out)) {
                assertThat(out).hasBinaryContent(whole);
              }
              if (again) {
                assertHolds(place, "out.safetensors");
                Files.delete(out);
              }
            });
    assertThat(takenOver).isPositive();
  }
}
