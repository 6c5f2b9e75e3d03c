// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeListener;
import io.merge4j.MergePlan;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.TokenizerChoice;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges in a JVM that dies on the way: each output is absent or whole, and the same merge ends
/// with the bytes of one that was never disturbed.
///
/// Every JVM runs one merge of each [Kind] at a time, so that its death cuts them short at places
/// of their own. `-Dmerge4j.test.kills=500` kills as many JVMs (20 otherwise),
/// `-Dmerge4j.test.seed=7` at other places.
class KilledMergeTest {

  private static final int KILLS = Integer.getInteger("merge4j.test.kills", 20);
  private static final long SEED = Long.getLong("merge4j.test.seed", 1);

  /// Quick to start.
  private static final List<String> OPTIONS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m");

  private static final int PAUSE_MILLIS = 3;

  /// Within these the merges of a JVM begin, and a while later it dies at the latest.
  private static final int BEGIN_MICROS = 200_000;

  private static final int END_MICROS = 500_000;

  private static final Path ADAPTERS = Path.of("src/test/resources/adapters").toAbsolutePath();

  @TempDir private Path directory;
  private Path models;
  private Path outputs;

  /// What dies.
  enum Kind {
    SHARDS {
      @Override
      Merge merge(Path models) {
        return Merger.using(new Stopping(), models.resolve("a"), models.resolve("b"));
      }
    },
    VOCABULARY {
      @Override
      Merge merge(Path models) {
        return Merger.using(new Stopping(), models.resolve("c"), models.resolve("d"))
            .tokenizer(TokenizerChoice.union());
      }
    },
    ADAPTER {
      @Override
      Merge merge(Path models) {
        Path base = ADAPTERS.resolve("llama");
        return Merger.using(new Stopping(), base + "+" + ADAPTERS.resolve("llama-rs-patterns"));
      }
    },
    PYTORCH {
      @Override
      Merge merge(Path models) {
        return Merger.using(
            new Stopping(), ADAPTERS.resolveSibling("torch").resolve("llama-a-bf16"));
      }
    },
    FILE {
      @Override
      Merge merge(Path models) {
        return Merger.using(
            new Stopping(),
            models.resolve("a").resolve("model.safetensors"),
            models.resolve("b").resolve("model.safetensors"));
      }
    };

    abstract Merge merge(Path models);

    /// The output, alone in a directory.
    Path in(Path outputs) {
      return outputs.resolve(name()).resolve(this == FILE ? "out.safetensors" : "out");
    }
  }

  /// How a JVM dies.
  enum Death {
    /// Before a certain step of the computation.
    STEP,
    /// A certain time after it began, be it in the middle of a rename.
    TIME,
    /// Killed from outside.
    KILL
  }

  /// The merges that die: models, outputs, sync, death, its step or microseconds, and a seed of
  /// when they begin.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Death death = Death.valueOf(args[3]);
      int when = Integer.parseInt(args[4]);
      Random random = new Random(Long.parseLong(args[5]));
      Stopping.never(PAUSE_MILLIS);
      if (death == Death.STEP) {
        Stopping.at(when, () -> Runtime.getRuntime().halt(1));
      }
      MergeListener listener =
          new MergeListener() {
            @Override
            public void started(MergePlan plan) {
              System.out.println("started");
            }
          };
      Output output = output(Boolean.parseBoolean(args[2])).listener(listener);
      for (Kind kind : Kind.values()) {
        int begin = random.nextInt(BEGIN_MICROS);
        Thread.ofPlatform()
            .start(() -> {
              sleep(begin);
              kind.merge(Path.of(args[0])).writeTo(kind.in(Path.of(args[1])), output);
            });
      }
      if (death == Death.TIME) {
        sleep(when);
        Runtime.getRuntime().halt(1);
      }
    }
  }

  private static void sleep(int micros) {
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
  }

  private static Output output(boolean sync) {
    return Output.DEFAULT.sync(sync).threads(2).shardSize(800_000);
  }

  @AfterEach
  void go_on() {
    Stopping.never(0);
  }

  /// Small tensors, and two of more than a stretch.
  private void model(String name, int seed, String vocabulary) throws IOException {
    TinyModels model = TinyModels.seeded(seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      float[] values = new float[i < 2 ? 300_000 : 300];
      for (int k = 0; k < values.length; k++) {
        values[k] = random.nextFloat();
      }
      model.with(Tensor.of("extra." + i, Shape.of(values.length), values));
    }
    Files.writeString(
        model.in(models.resolve(name)).resolve("tokenizer.json"),
        "{\"added_tokens\": [], \"model\": {\"type\": \"WordLevel\", \"vocab\": {%s}}}"
            .formatted(vocabulary));
  }

  /// Digests of an output. What a merge that died after it published left beside it, the next one
  /// removes.
  private Map<String, String> found(Kind kind) throws IOException {
    Path out = kind.in(outputs);
    if (Files.isDirectory(out)) {
      return digests(out);
    }
    Map<String, String> files = digests(outputs.resolve(kind.name()));
    files.keySet().removeIf(file -> file.startsWith(".out."));
    return files;
  }

  private static void delete(Path out) throws IOException {
    if (Files.isDirectory(out)) {
      Directories.delete(out);
    } else {
      Files.delete(out);
    }
  }

  @Test
  void merges_that_are_killed_go_on_and_end_with_the_same_bytes() throws Exception {
    models = directory.resolve("models");
    outputs = directory.resolve("outputs");
    model("a", 1, "");
    model("b", 2, "");
    model("c", 3, "\"x\": 0, \"y\": 1, \"z\": 2");
    model("d", 4, "\"y\": 0, \"w\": 1, \"x\": 2");
    Map<String, String> inputs = digests(models.resolve("a"));
    Map<Kind, Map<String, String>> whole = new EnumMap<>(Kind.class);
    Stopping.at(0, () -> {});
    for (Kind kind : Kind.values()) {
      kind.merge(models).writeTo(kind.in(outputs), output(true));
      whole.put(kind, found(kind));
      delete(kind.in(outputs));
    }
    int steps = Stopping.steps();
    Random random = new Random(SEED);
    int absent = 0;
    int takenOver = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Death death = kill % 5 < 3 ? Death.STEP : kill % 5 == 3 ? Death.TIME : Death.KILL;
      boolean sync = random.nextBoolean();
      die(sync, death, random.nextInt(death == Death.STEP ? steps : END_MICROS) + 1, kill);
      for (Kind kind : Kind.values()) {
        Path out = kind.in(outputs);
        String place = "kill %d, %s, %s, sync %s".formatted(kill, kind, death, sync);
        if (!Files.exists(out)) {
          absent++;
          takenOver += kind.merge(models).writeTo(out, output(sync)).takenOver();
        }
        assertThat(found(kind)).as(place).isEqualTo(whole.get(kind));
        delete(out);
      }
    }
    for (Kind kind : Kind.values()) {
      kind.merge(models).writeTo(kind.in(outputs), output(false));
      assertHolds(outputs.resolve(kind.name()), kind.in(outputs).getFileName().toString());
    }
    assertThat(digests(models.resolve("a"))).isEqualTo(inputs);
    assertThat(absent).isPositive();
    assertThat(takenOver).isPositive();
    System.Logger log = System.getLogger(KilledMergeTest.class.getName());
    log.log(
        System.Logger.Level.INFO,
        "%d kills of %d merges each, %d before the output was there, %d tensors taken over"
            .formatted(KILLS, Kind.values().length, absent, takenOver));
  }

  private void die(boolean sync, Death death, int when, int seed)
      throws IOException, InterruptedException {
    Process program =
        ChildJvm.start(Program.class, OPTIONS, models, outputs, sync, death, when, seed);
    try (var printed = program.inputReader()) {
      String line = printed.readLine();
      while (line != null && !line.equals("started")) {
        line = printed.readLine();
      }
      if (death == Death.KILL) {
        TimeUnit.MICROSECONDS.sleep(when);
        program.toHandle().destroyForcibly();
      }
      String rest = printed.lines().collect(Collectors.joining("\n"));
      assertThat(program.waitFor(1, TimeUnit.MINUTES)).as(rest).isTrue();
      assertThat(rest).doesNotContain("Exception");
    }
  }
}
