// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Blend;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Operands;
import io.merge4j.Output;
import io.merge4j.Signature;
import io.merge4j.tensor.DType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A merge that was cut short goes on from its finished tensors, if it is the same merge.
class ResumeTest {

  private static final int TENSORS = 11;
  private static final String NORM = "model.norm.weight";

  /// Small shards, so that there are several files; one thread, so that it is known what is
  /// finished when.
  private static final Output ONE = Output.DEFAULT.sync(false).threads(1).shardSize(1000);

  @TempDir private Path directory;
  private Path a;
  private Path b;
  private Path out;
  private Map<String, String> whole;

  @BeforeEach
  void models() throws IOException {
    a = TinyModels.seeded(1).in(directory.resolve("a"));
    b = TinyModels.seeded(2).poke(NORM, 3, Float.NaN).in(directory.resolve("b"));
    out = directory.resolve("out");
    merge(ONE);
    whole = digests(out);
    Files.move(out, directory.resolve("whole"));
  }

  @AfterEach
  void go_on() {
    Stopping.never(0);
  }

  private MergeReport merge(Output output) {
    return Merger.using(new Stopping(), a, b).writeTo(out, output);
  }

  /// Fails in the tensor after the first `finished` ones, each of which is of one block.
  private MergeException fail(int finished, Output output) {
    Stopping.at(
        2 * finished + 1,
        () -> {
          throw new IllegalStateException("enough");
        });
    MergeException failure = catchThrowableOfType(MergeException.class, () -> merge(output));
    Stopping.never(0);
    assertThat(failure).hasRootCauseMessage("enough");
    assertThat(out).doesNotExist();
    return failure;
  }

  @Test
  void a_method_whose_state_has_no_text_is_not_gone_on_with() {
    class Scaled implements MergeMethod {
      private final float factor;

      Scaled(float factor) {
        this.factor = factor;
      }

      @Override
      public String name() {
        return "scaled";
      }

      @Override
      public Signature signature() {
        return Signature.of(1);
      }

      @Override
      public Blend prepare(Operands operands) {
        if (factor == 1 && operands.weight().name().equals(NORM)) {
          throw new IllegalStateException("enough");
        }
        return Blend.weightedSum(factor);
      }

      @Override
      public String toString() {
        return "the same as any other";
      }
    }
    assertThat(
            catchThrowableOfType(
                MergeException.class, () -> Merger.using(new Scaled(1), a).writeTo(out, ONE)))
        .hasRootCauseMessage("enough");
    MergeReport report = Merger.using(new Scaled(2), a).writeTo(out, ONE);
    assertThat(report.takenOver()).isZero();
  }

  private Path work() {
    return directory.resolve(".out.merge4j");
  }

  private void assertWhole(MergeReport report, int takenOver) throws IOException {
    assertThat(report.takenOver()).isEqualTo(takenOver);
    assertThat(digests(out)).isEqualTo(whole);
    assertHolds(directory, "a", "b", "whole", "out");
  }

  @Test
  void goes_on_from_what_is_finished_and_ends_with_the_same_bytes() throws IOException {
    for (boolean sync : new boolean[] {false, true}) {
      fail(4, ONE.sync(sync));
      assertHolds(directory, "a", "b", "whole", ".out.merge4j");
      fail(3, ONE.sync(sync));
      assertWhole(merge(ONE.threads(2)), 7);
      Directories.delete(out);
    }
  }

  @Test
  void remarks_on_finished_tensors_are_reported_again() {
    fail(TENSORS - 1, ONE);
    MergeReport report = merge(ONE);
    assertThat(report.takenOver()).isEqualTo(TENSORS - 1);
    assertThat(report.findings().get(NORM)).singleElement().asString().contains("1 of 8");
  }

  @Test
  void keeps_nothing_if_nothing_is_finished() {
    fail(0, ONE);
    assertHolds(directory, "a", "b", "whole");
  }

  @Test
  void keeps_nothing_and_takes_nothing_over_if_told_so() throws IOException {
    fail(4, ONE);
    assertWhole(merge(ONE.resume(false)), 0);
    Directories.delete(out);
    fail(4, ONE.resume(false));
    assertHolds(directory, "a", "b", "whole");
  }

  @Test
  void starts_over_if_settings_or_models_changed() throws IOException {
    fail(4, ONE);
    fail(4, ONE.dtype(DType.BF16));
    assertWhole(merge(ONE), 0);
    Directories.delete(out);
    fail(4, ONE);
    Files.setLastModifiedTime(
        a.resolve("model.safetensors"), FileTime.fromMillis(1_000_000_000_000L));
    assertWhole(merge(ONE), 0);
  }

  @Test
  void a_torn_line_of_the_journal_and_what_follows_do_not_count() throws IOException {
    fail(4, ONE);
    Path journal = work().resolve("journal");
    byte[] bytes = Files.readAllBytes(journal);
    assertThat(new String(bytes, StandardCharsets.UTF_8).lines()).hasSize(5);
    try (RandomAccessFile file = new RandomAccessFile(journal.toFile(), "rw")) {
      file.setLength(bytes.length - 7);
    }
    fail(1, ONE);
    byte[] more = Files.readAllBytes(journal);
    assertThat(new String(more, StandardCharsets.UTF_8).lines()).hasSize(5);
    more[more.length / 2] ^= 1;
    Files.write(journal, more, StandardOpenOption.TRUNCATE_EXISTING);
    MergeReport report = merge(ONE);
    assertThat(report.takenOver()).isLessThan(4);
    assertWhole(report, report.takenOver());
  }

  @Test
  void a_finished_tensor_that_is_not_as_it_was_is_merged_again() throws IOException {
    fail(4, ONE);
    Path journal = work().resolve("journal");
    String first = Files.readAllLines(journal).get(1);
    String tensor = first.replaceAll(".*\"tensor\":\"([^\"]*)\".*", "$1");
    for (Path shard : shards()) {
      byte[] bytes = Files.readAllBytes(shard);
      String header = new String(bytes, StandardCharsets.ISO_8859_1);
      if (header.contains('"' + tensor + '"')) {
        bytes[bytes.length - 1] ^= 1;
        for (int i = header.indexOf("}}") + 10; i < bytes.length; i += 8) {
          bytes[i] ^= 1;
        }
        Files.write(shard, bytes);
      }
    }
    MergeReport report = merge(ONE);
    assertThat(report.takenOver()).isBetween(0, 3);
    assertWhole(report, report.takenOver());
  }

  @Test
  void starts_over_if_a_file_is_missing() throws IOException {
    fail(4, ONE);
    Files.delete(shards().getFirst());
    assertWhole(merge(ONE), 0);
  }

  @Test
  void starts_over_if_a_run_died_after_publishing_and_the_output_was_removed() throws IOException {
    fail(4, ONE);
    Directories.delete(work().resolve("model"));
    assertWhole(merge(ONE), 0);
  }

  private java.util.List<Path> shards() throws IOException {
    try (var files = Files.list(work().resolve("model"))) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }

  @Test
  void an_input_that_is_written_to_meanwhile_is_an_error_and_nothing_is_kept() {
    Path input = a.resolve("model.safetensors");
    Stopping.at(5, () -> touch(input));
    MergeException failure = catchThrowableOfType(MergeException.class, () -> merge(ONE));
    assertThat(failure).hasMessageContaining(input.toString()).hasMessageContaining("modified");
    assertHolds(directory, "a", "b", "whole");
  }

  @Test
  void an_input_that_is_replaced_meanwhile_is_read_as_it_was() throws IOException {
    Path input = a.resolve("model.safetensors");
    Path other = TinyModels.seeded(5).in(directory.resolve("other")).resolve("model.safetensors");
    Stopping.at(5, () -> move(other, input));
    merge(ONE);
    assertThat(digests(out)).isEqualTo(whole);
  }

  private static void touch(Path file) {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(open.length() - 1);
      open.write(77);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
