// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeListener;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Merges in a JVM that dies on the way: the output is absent or whole, and the same merge ends
/// with the bytes of one that was never disturbed.
///
/// `-Dmerge4j.test.kills=500` kills as many (20 otherwise), `-Dmerge4j.test.seed=7` at other
/// places.
@DisabledIfSystemProperty(
    named = "merge4j.test.kernels",
    matches = "scalar",
    disabledReason = "no other than with vector kernels")
class KilledMergeTest {

  private static final int KILLS = Integer.getInteger("merge4j.test.kills", 20);
  private static final long SEED = Long.getLong("merge4j.test.seed", 1);

  /// Quick to start.
  private static final List<String> OPTIONS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m");

  private static final int PAUSE_MILLIS = 3;

  @TempDir private Path directory;
  private Path a;
  private Path b;

  /// How a merge dies.
  enum Death {
    /// Before a certain step of the computation.
    STEP,
    /// A certain time after it began, be it in the middle of a rename.
    TIME,
    /// Killed from outside.
    KILL
  }

  /// The merge that dies: models, output, sync, death, and its step or microseconds.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      int when = Integer.parseInt(args[5]);
      Stopping.never(PAUSE_MILLIS);
      switch (Death.valueOf(args[4])) {
        case STEP -> Stopping.at(when, () -> Runtime.getRuntime().halt(1));
        case TIME, KILL -> {}
      }
      MergeListener listener =
          new MergeListener() {
            @Override
            public void started(MergePlan plan) {
              System.out.println("started");
              if (args[4].equals("TIME")) {
                Thread.ofPlatform().daemon().start(() -> haltIn(when));
              }
            }
          };
      merge(
          Path.of(args[0]),
          Path.of(args[1]),
          Path.of(args[2]),
          output(Boolean.parseBoolean(args[3])).listener(listener));
    }

    private static void haltIn(int micros) {
      java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
      Runtime.getRuntime().halt(1);
    }
  }

  private static Output output(boolean sync) {
    return Output.DEFAULT.sync(sync).threads(2).shardSize(800_000);
  }

  private static MergeReport merge(Path a, Path b, Path out, Output output) {
    return Merger.using(new Stopping(), a, b).writeTo(out, output);
  }

  @AfterEach
  void go_on() {
    Stopping.never(0);
  }

  /// Small tensors, and two of more than a stretch.
  private Path model(int seed) {
    TinyModels model = TinyModels.seeded(seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      float[] values = new float[i < 2 ? 300_000 : 300];
      for (int k = 0; k < values.length; k++) {
        values[k] = random.nextFloat();
      }
      model.with(Tensor.of("extra." + i, Shape.of(values.length), values));
    }
    return model.in(directory.resolve("model" + seed));
  }

  @Test
  void a_merge_that_is_killed_goes_on_and_ends_with_the_same_bytes() throws Exception {
    a = model(1);
    b = model(2);
    Path out = directory.resolve("out");
    Stopping.at(0, () -> {});
    merge(a, b, out, output(true));
    int steps = Stopping.steps();
    Map<String, String> whole = digests(out);
    Map<String, String> inputs = digests(a);
    Directories.delete(out);
    Random random = new Random(SEED);
    int absent = 0;
    int takenOver = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Death death = kill % 5 < 3 ? Death.STEP : kill % 5 == 3 ? Death.TIME : Death.KILL;
      boolean sync = random.nextBoolean();
      String place = "kill %d, %s, sync %s".formatted(kill, death, sync);
      die(
          out,
          sync,
          death,
          death == Death.STEP ? 1 + random.nextInt(steps) : random.nextInt(700_000));
      if (Files.exists(out)) {
        assertThat(digests(out)).as(place).isEqualTo(whole);
      } else {
        absent++;
        takenOver += merge(a, b, out, output(sync)).takenOver();
        assertThat(digests(out)).as(place).isEqualTo(whole);
        assertHolds(directory, "model1", "model2", "out");
      }
      Directories.delete(out);
    }
    assertThat(digests(a)).isEqualTo(inputs);
    assertThat(absent).isPositive();
    assertThat(takenOver).isPositive();
    System.Logger log = System.getLogger(KilledMergeTest.class.getName());
    log.log(
        System.Logger.Level.INFO,
        "%d kills, %d before the output was there, %d tensors taken over"
            .formatted(KILLS, absent, takenOver));
  }

  private void die(Path out, boolean sync, Death death, int when)
      throws IOException, InterruptedException {
    Process program = ChildJvm.start(Program.class, OPTIONS, a, b, out, sync, death, when);
    try (var printed = program.inputReader()) {
      String line = printed.readLine();
      while (line != null && !line.equals("started")) {
        line = printed.readLine();
      }
      if (death == Death.KILL) {
        TimeUnit.MICROSECONDS.sleep(when);
        program.toHandle().destroyForcibly();
      }
      String rest = printed.lines().collect(java.util.stream.Collectors.joining("\n"));
      assertThat(program.waitFor(1, TimeUnit.MINUTES)).as(rest).isTrue();
      assertThat(rest).doesNotContain("Exception");
    }
  }
}
