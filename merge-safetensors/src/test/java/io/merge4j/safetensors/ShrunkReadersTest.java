// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that shrink while something other than a merge of models reads them, see
/// [ShrunkInputTest].
class ShrunkReadersTest {

  private static final int LONG = 40_000;

  @TempDir private Path directory;

  /// Reads in a JVM of its own.
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws IOException {
      Path place = Path.of(args[1]);
      try {
        switch (args[0]) {
          case "extraction" -> extract(place, "matrix.weight", 1);
          case "extraction of what is saved whole" -> extract(place, "vector.bias", 2);
          case "sum of factors" -> mergeAdapters(place, false);
          case "weight beneath factors" -> mergeAdapters(place, true);
          case "compressed storage" -> unpack(place);
          case "copy of a file" -> write(place);
          default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println("no error");
      } catch (MergeException e) {
        System.out.println("told: " + e.getMessage());
      } catch (InternalError e) {
        System.out.println("told by the JVM");
      }
    }

    private static void extract(Path place, String tensor, int times) throws IOException {
      Path file = model(place.resolve("tuned.safetensors"), 1);
      model(place.resolve("base.safetensors"), 2);
      try (Model base = Model.open(place.resolve("base.safetensors"));
          Model tuned =
              Disturbed.model(Safetensors.open(file), tensor, times, () -> truncate(file, 9000))) {
        Extraction.of(tuned, base).threads(1).writeTo(place.resolve("out"));
      }
    }

    private static Path model(Path file, float factor) throws IOException {
      Safetensors.write(
          file,
          List.of(
              Tensor.of("matrix.weight", Shape.of(LONG / 8, 8), numbers(LONG, factor)),
              Tensor.of("vector.bias", Shape.of(LONG), numbers(LONG, factor))));
      return file;
    }

    private static float[] numbers(int count, float factor) {
      float[] numbers = new float[count];
      for (int i = 0; i < count; i++) {
        numbers[i] = factor * ((i % 17) - 8);
      }
      return numbers;
    }

    /// Two modules each; the file of the first adapter shrinks when the first or the last is done.
    private static void mergeAdapters(Path place, boolean last) throws IOException {
      Path a = adapter(place.resolve("a"));
      Path b = adapter(place.resolve("b"));
      MergeListener shrinking =
          new MergeListener() {
            @Override
            public void progress(long written, long total) {
              if (!last || written == total) {
                truncate(a.resolve("adapter_model.safetensors"), 5000);
              }
            }
          };
      Path base = place.resolve("base.safetensors");
      Shape shape = Shape.of(2, LONG);
      Safetensors.write(
          base,
          List.of(
              Tensor.of("p.weight", shape, numbers(2 * LONG, 1)),
              Tensor.of("q.weight", shape, numbers(2 * LONG, 1))));
      Merger.taskArithmetic()
          .base(base)
          .model(a)
          .weight(0.5)
          .model(b)
          .weight(0.5)
          .writeTo(place.resolve("out"), Output.DEFAULT.sync(false).threads(1).listener(shrinking));
    }

    private static Path adapter(Path adapter) throws IOException {
      Files.createDirectory(adapter);
      Files.writeString(
          adapter.resolve("adapter_config.json"),
          "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"target_modules\": [\"p\", \"q\"]}");
      String prefix = "base_model.model.";
      Safetensors.write(
          adapter.resolve("adapter_model.safetensors"),
          List.of(
              Tensor.of(prefix + "p.lora_A.weight", Shape.of(1, LONG), numbers(LONG, 1)),
              Tensor.of(prefix + "p.lora_B.weight", Shape.of(2, 1), 1, 2),
              Tensor.of(prefix + "p.base_layer.weight", Shape.of(2, LONG), numbers(2 * LONG, 1)),
              Tensor.of(prefix + "q.lora_A.weight", Shape.of(1, LONG), numbers(LONG, 1)),
              Tensor.of(prefix + "q.lora_B.weight", Shape.of(2, 1), 1, 2)));
      return adapter;
    }

    private static void unpack(Path place) throws IOException {
      Path file = place.resolve("pytorch_model.bin");
      Files.copy(Path.of("src/test/resources/torch/deflated_entries.bin"), file);
      try (Checkpoint checkpoint = new TorchFormat().open(file).orElseThrow()) {
        Tensor tensor = checkpoint.find(checkpoint.specs().getFirst().name()).orElseThrow();
        truncate(file, 0);
        tensor.read(0, 1, new float[1], 0);
      }
    }

    private static void write(Path place) throws IOException {
      Path file = model(place.resolve("model.safetensors"), 1);
      try (Checkpoint checkpoint = Safetensors.open(file)) {
        Tensor tensor = checkpoint.find("vector.bias").orElseThrow();
        truncate(file, 9000);
        Safetensors.write(place.resolve("out"), List.of(tensor));
      }
    }

    private static void truncate(Path file, long size) {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(size);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "extraction, tuned.safetensors has 9000 bytes",
    "extraction of what is saved whole, tuned.safetensors has 9000 bytes",
    "sum of factors, adapter_model.safetensors has 5000 bytes",
    "weight beneath factors, adapter_model.safetensors has 5000 bytes",
    "compressed storage, by the JVM",
    "copy of a file, Cannot read tensor vector.bias"
  })
  void a_file_that_shrinks_is_an_error_and_no_output(String reader, String told) throws Exception {
    Process program = ChildJvm.start(Program.class, List.of("-Xmx256m"), reader, directory);
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(1, TimeUnit.MINUTES)).as(printed).isTrue();
    assertThat(program.exitValue()).as(printed).isZero();
    assertThat(printed).contains("told").contains(told).doesNotContain("no error");
    assertThat(directory.resolve("out")).doesNotExist();
  }
}
