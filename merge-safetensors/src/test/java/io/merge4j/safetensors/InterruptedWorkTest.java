// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.AdapterRank;
import io.merge4j.Blend;
import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.Operands;
import io.merge4j.Output;
import io.merge4j.Signature;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Work that is interrupted in the midst of a tensor: while a method gathers in passes, and while a
/// matrix is decomposed, which would take many times as long as is waited here.
class InterruptedWorkTest {

  private static final int SIDE = 1500;
  private static final Duration SOON = Duration.ofSeconds(5);

  @TempDir private Path directory;
  private Path out;

  @BeforeEach
  void place() {
    out = directory.resolve("out");
  }

  @AfterEach
  void leave_nothing_behind() throws IOException {
    assertThat(out).doesNotExist();
    LeftBehind.assertNothing(directory);
  }

  /// A method that does not come to an end with its passes.
  record Endless(AtomicInteger passes) implements MergeMethod {

    @Override
    public String name() {
      return "endless";
    }

    @Override
    public Signature signature() {
      return Signature.atLeast(1);
    }

    @Override
    public Blend prepare(Operands operands) {
      while (passes.get() < 1_000_000) {
        double[][] _ = operands.products();
        passes.incrementAndGet();
      }
      return Blend.copy(0);
    }
  }

  @Test
  void a_method_that_gathers_in_passes_is_interrupted_within_one() throws Exception {
    Path a = TinyModels.seeded(1).in(directory.resolve("a"));
    Path b = TinyModels.seeded(2).in(directory.resolve("b"));
    AtomicInteger passes = new AtomicInteger();
    Merge merge = Merger.using(new Endless(passes), a, b);
    Output output = Output.DEFAULT.sync(false).threads(2).resume(false);
    interruptOnce(() -> passes.get() > 100, () -> merge.writeTo(out, output));
    assertThat(passes).hasValueLessThan(1_000_000);
    Directories.assertHolds(directory, "a", "b");
  }

  @Test
  void an_extraction_is_interrupted_within_a_matrix() throws Exception {
    Path before = matrix("before.safetensors", "w.weight", SIDE, 1);
    Path after = matrix("after.safetensors", "w.weight", SIDE, 2);
    try (Model base = Model.open(before);
        Model tuned = Model.open(after)) {
      Extraction extraction = Extraction.of(tuned, base).rank(SIDE / 3).threads(2);
      interruptOnce(() -> isIn("svd.Truncation"), () -> extraction.writeTo(out));
    }
    Directories.assertHolds(directory, "before.safetensors", "after.safetensors");
  }

  @Test
  void a_merge_of_adapters_is_interrupted_within_a_matrix() throws Exception {
    Path a = adapter("a", 1);
    Path b = adapter("b", 2);
    Path base = matrix("base.safetensors", "w.weight", 4 * SIDE, 3);
    Merge merge =
        Merger.taskArithmetic()
            .base(base)
            .model(a)
            .weight(0.5)
            .model(b)
            .weight(0.5)
            .adapter(AdapterRank.of(8));
    interruptOnce(
        () -> isIn("svd.OuterProducts"),
        () -> merge.writeTo(out, Output.DEFAULT.sync(false).threads(2)));
  }

  /// Whether a worker is computing in a class.
  private static boolean isIn(String type) {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("merge4j-worker"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .anyMatch(frame -> frame.getClassName().contains(type));
  }

  /// What is waited for.
  @FunctionalInterface
  private interface Moment {
    boolean hasCome();
  }

  private static void interruptOnce(Moment moment, Runnable work) throws InterruptedException {
    List<MergeException> failures = new ArrayList<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> failures.add(catchThrowableOfType(MergeException.class, () -> work.run())));
    while (thread.isAlive() && !moment.hasCome()) {
      Thread.sleep(1);
    }
    thread.interrupt();
    assertThat(thread.join(SOON)).as("ends soon").isTrue();
    assertThat(failures.getFirst()).hasMessageContaining("interrupted");
  }

  private static Tensor random(String name, Shape shape, long seed) {
    Random random = new Random(seed);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return Tensor.of(name, shape, values);
  }

  private Path matrix(String file, String name, int columns, long seed) throws IOException {
    Path path = directory.resolve(file);
    Safetensors.write(path, List.of(random(name, Shape.of(SIDE, columns), seed)));
    return path;
  }

  private Path adapter(String name, long seed) throws IOException {
    Path adapter = Files.createDirectory(directory.resolve(name));
    int rank = 500;
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": %d, \"lora_alpha\": 1, \"target_modules\": [\"w\"]}"
            .formatted(rank));
    Safetensors.write(
        adapter.resolve("adapter_model.safetensors"),
        List.of(
            random("base_model.model.w.lora_A.weight", Shape.of(rank, 4 * SIDE), seed),
            random("base_model.model.w.lora_B.weight", Shape.of(SIDE, rank), seed + 10)));
    return adapter;
  }
}
