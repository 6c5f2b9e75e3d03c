// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.tensor.DType;
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

/// A mapped file that is truncated while it is read would be a dead process in many a program; here
/// it is an error that says which tensor and which file. In a JVM of its own, for the case that
/// not.
class ShrunkInputTest {

  private static final long ROWS = 12_000;

  @TempDir private Path directory;

  /// Merges twice, so that the loops are compiled the second time, when the input shrinks.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Path model = Path.of(args[0]);
      Output output = Output.DEFAULT.sync(false).threads(2).overwrite(true);
      for (int i = 0; i < 2; i++) {
        merge(args[2], model, Path.of(args[1]), output);
      }
      MergeListener shrinking =
          new MergeListener() {
            @Override
            public void progress(long written, long total) {
              truncate(model);
            }
          };
      try {
        merge(args[2], model, Path.of(args[1] + "2"), output.listener(shrinking));
        System.out.println("no error");
      } catch (MergeException e) {
        System.out.println("told: " + e.getMessage());
      }
    }

    private static void merge(String method, Path model, Path out, Output output) {
      switch (method) {
        case "copy" -> Merger.linear().model(model).weight(1).writeTo(out, output);
        case "cast" ->
            Merger.linear().model(model).weight(1).writeTo(out, output.dtype(DType.BF16));
        case "ties" ->
            Merger.ties()
                .base(link(model))
                .model(model)
                .weight(1)
                .density(0.5)
                .writeTo(out, output);
        case "slerp" -> Merger.slerp(model, model).t(0.5).writeTo(out, output);
        default -> throw new IllegalArgumentException(method);
      }
    }

    /// The same file under another name.
    private static Path link(Path model) {
      return model.resolveSibling("link.safetensors");
    }

    private static void truncate(Path file) {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(9000);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "copy,vector,F32",
    "cast,scalar,F32",
    "ties,vector,F32",
    "slerp,vector,F32",
    "ties,scalar,BF16",
    "slerp,vector,BF16"
  })
  void an_input_that_shrinks_is_an_error_with_tensor_and_file(
      String method, String kernels, DType dtype) throws Exception {
    Path model = directory.resolve("model.safetensors");
    byte[] header =
        "{\"w\":{\"dtype\":\"%s\",\"shape\":[%d,1000],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, 4 * ROWS / dtype.bytes(1), 4000 * ROWS)
            .getBytes(StandardCharsets.US_ASCII);
    Files.write(model, RawFile.of(header, 4000 * (int) ROWS));
    Files.createLink(Program.link(model), model);
    Process program =
        ChildJvm.start(
            Program.class,
            kernels.equals("vector")
                ? List.of("--add-modules", "jdk.incubator.vector")
                : List.of("-Dmerge.kernels=scalar"),
            model,
            directory.resolve("out"),
            method);
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(1, TimeUnit.MINUTES)).as(printed).isTrue();
    assertThat(program.exitValue()).as(printed).isZero();
    assertThat(printed)
        .contains("told: Cannot read tensor w")
        .contains(model + " has 9000 bytes, had");
    assertThat(directory.resolve("out2")).doesNotExist();
  }
}
