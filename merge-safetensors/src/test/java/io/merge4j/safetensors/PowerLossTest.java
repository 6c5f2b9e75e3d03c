// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.safetensors.LossyDisk.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The power fails at every operation of a merge on the disk of its output: the output is absent or
/// whole, and the next run gives the bytes of an undisturbed one; when a merge is done, it stays.
class PowerLossTest {

  private static final Output OUTPUT = Output.DEFAULT.threads(2).shardSize(1000).overwrite(true);

  /// Of all operations every so many fail, but where a test names another step.
  private static final int STEP = Integer.getInteger("merge4j.test.losses.step", 12);

  @TempDir private Path directory;
  private Path a;
  private Path b;
  private Path place;
  private LossyDisk disk;

  @BeforeEach
  void models() throws IOException {
    a = TinyModels.seeded(1).in(directory.resolve("a"));
    b = TinyModels.seeded(2).in(directory.resolve("b"));
    Files.writeString(a.resolve("tokenizer.json"), "{}");
    Path templates = Files.createDirectory(a.resolve("additional_chat_templates"));
    Files.writeString(templates.resolve("tool.jinja"), "{{ messages }}");
    place = Files.createDirectory(directory.resolve("place"));
    disk = new LossyDisk(place, Files.createDirectory(directory.resolve("removed")));
  }

  /// Runs a merge.
  @FunctionalInterface
  private interface Run {
    /// @return number of tensors taken over
    int run();
  }

  /// Fails the power at each operation in turn, and once more when all is done.
  ///
  /// @param step from one operation to the next
  /// @param before what may stand there; nothing, if it is empty
  /// @return number of tensors taken over by the runs that followed
  private int loseEach(Loss loss, int step, Run merge, Path out, List<Map<String, String>> before)
      throws IOException {
    merge.run();
    disk.lose(loss);
    assertThat(out).exists();
    Map<String, String> whole = digests(out);
    List<Map<String, String>> allowed = new ArrayList<>(before);
    allowed.add(whole);
    int takenOver = 0;
    for (int operation = 1; operation < 1000; operation += step) {
      reset(out, before);
      disk.dieAt(operation);
      String told = attempt(merge);
      String failed = disk.failed();
      disk.heal();
      disk.lose(loss);
      try {
        Path found = Files.exists(out) ? out : out.resolveSibling(".out.merge4j.old");
        if (!before.isEmpty() || Files.exists(found)) {
          assertThat(digests(found)).isIn(allowed);
        }
        if (failed.isEmpty()) {
          assertThat(operation).isGreaterThan(20);
          assertThat(digests(out)).isEqualTo(whole);
          return takenOver;
        }
        takenOver += merge.run();
        assertHolds(out.getParent(), out.getFileName().toString());
        disk.lose(loss);
        assertThat(digests(out)).isEqualTo(whole);
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionError("Operation %d, %s: %s".formatted(operation, failed, told), e);
      }
    }
    throw new AssertionError("no end");
  }

  private void reset(Path out, List<Map<String, String>> before) throws IOException {
    Directories.delete(place.resolve(place.relativize(out).getName(0)));
    if (!before.isEmpty()) {
      Merger.slerp(a, b).t(0.25).writeTo(disk.on(out), OUTPUT);
    }
    disk.lose(Loss.NAMES);
  }

  private static String attempt(Run merge) {
    try {
      return "done, %d taken over".formatted(merge.run());
    } catch (MergeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private int merge(Path out) {
    return Merger.slerp(a, b).t(0.5).writeTo(disk.on(out), OUTPUT).takenOver();
  }

  @ParameterizedTest
  @EnumSource
  void a_model_is_absent_or_whole_and_made_the_same(Loss loss) throws IOException {
    Path out = place.resolve("new").resolve("out");
    assertThat(loseEach(loss, 1, () -> merge(out), out, List.of())).isPositive();
  }

  @ParameterizedTest
  @EnumSource(names = {"ALL", "CONTENTS"})
  void a_model_that_is_replaced_is_the_old_one_or_the_new_one(Loss loss) throws IOException {
    Path out = place.resolve("out");
    Merger.slerp(a, b).t(0.25).writeTo(disk.on(out), OUTPUT);
    loseEach(loss, STEP, () -> merge(out), out, List.of(digests(out)));
  }

  @ParameterizedTest
  @EnumSource(names = {"ALL", "CONTENTS"})
  void a_file_is_absent_or_whole_and_made_the_same(Loss loss) throws IOException {
    Path out = place.resolve("out.safetensors");
    assertThat(loseEach(loss, 1, () -> merge(out), out, List.of())).isPositive();
  }

  @ParameterizedTest
  @EnumSource(names = {"ALL", "CONTENTS"})
  void a_merged_adapter_is_absent_or_whole(Loss loss) throws IOException {
    Path adapter = directory.resolve("adapter");
    try (Model tuned = Model.open(a);
        Model base = Model.open(b)) {
      Extraction.of(tuned, base).rank(1).writeTo(adapter);
    }
    Path out = place.resolve("out");
    Run merge =
        () ->
            Merger.taskArithmetic()
                .base(b)
                .model(adapter)
                .weight(0.5)
                .model(adapter)
                .weight(0.25)
                .writeTo(disk.on(out), OUTPUT)
                .takenOver();
    loseEach(loss, STEP, merge, out, List.of());
  }

  @ParameterizedTest
  @EnumSource(names = {"ALL", "CONTENTS"})
  void an_extracted_adapter_is_absent_or_whole(Loss loss) throws IOException {
    Path out = place.resolve("out");
    try (Model tuned = Model.open(a);
        Model base = Model.open(b)) {
      Run extraction =
          () -> {
            Extraction.of(tuned, base).rank(1).threads(2).overwrite(true).writeTo(disk.on(out));
            return 0;
          };
      loseEach(loss, STEP, extraction, out, List.of());
    }
  }
}
