// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.TokenizerChoice;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.Vocabulary;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Embeddings of 256 MB each, of 256k tokens in opposite orders, are joined in a JVM with a heap of
/// 192 MB.
class LargeVocabularyTest {

  private static final int TOKENS = 1 << 18;
  private static final int COLUMNS = 512;

  @TempDir Path directory;

  /// The program in the small heap.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Path a = Path.of(args[0]);
      Merger.linear()
          .model(a)
          .weight(0.5)
          .model(Path.of(args[1]))
          .weight(0.5)
          .tokenizer(TokenizerChoice.union().padToMultipleOf(64))
          .writeTo(Path.of(args[2]), Output.DEFAULT.sync(false));
    }
  }

  @Test
  void a_union_of_large_vocabularies_copies_none() throws Exception {
    StringBuilder upwards = new StringBuilder();
    StringBuilder downwards = new StringBuilder();
    for (int i = 0; i < TOKENS; i++) {
      upwards.append(i == 0 ? "" : ",").append("\"token %d\":%d".formatted(i, i));
      downwards.append("\"token %d\":%d,".formatted(i, TOKENS - 1 - i));
    }
    downwards.append("\"new\":%d".formatted(TOKENS));
    Path a = model("a", upwards, TOKENS, Map.of(0, 2, 100_000, 2, TOKENS - 1, 2));
    Path b =
        model(
            "b",
            downwards,
            TOKENS + 1,
            Map.of(TOKENS - 1, 4, TOKENS - 1 - 100_000, 4, 0, 4, TOKENS, 8));
    Path out = directory.resolve("out");
    Process program = ChildJvm.start(Program.class, List.of("-Xmx192m"), a, b, out);
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor()).as(printed).isZero();
    Vocabulary vocabulary = Tokenizer.read("out", out).orElseThrow().vocabulary();
    try (Checkpoint merged = Safetensors.open(out)) {
      Tensor tensor = merged.find("model.embed_tokens.weight").orElseThrow();
      assertThat(tensor.spec().shape()).isEqualTo(Shape.of(TOKENS + 64, COLUMNS));
      Map<String, Float> expected =
          Map.of(
              "token 0",
              3f,
              "token 1",
              0f,
              "token 100000",
              3f,
              "token " + (TOKENS - 1),
              3f,
              "new",
              8f);
      expected.forEach((token, value) -> {
        float[] row = new float[COLUMNS];
        tensor.read((long) vocabulary.ids().get(token) * COLUMNS, COLUMNS, row, 0);
        assertThat(row[0]).as(token).isEqualTo(value);
        assertThat(row[1]).as(token).isZero();
      });
    }
  }

  /// A model whose rows begin with the given small numbers, all else zero.
  private Path model(String name, CharSequence vocabulary, int rows, Map<Integer, Integer> marks)
      throws IOException {
    Path path = Files.createDirectories(directory.resolve(name));
    Files.writeString(
        path.resolve("tokenizer.json"),
        "{\"added_tokens\": [], \"model\": {\"type\": \"WordLevel\", \"vocab\": {%s}}}"
            .formatted(vocabulary));
    Files.writeString(
        path.resolve("config.json"),
        "{\"model_type\": \"llama\", \"vocab_size\": %d, \"tie_word_embeddings\": true}"
            .formatted(rows));
    long bytes = 2L * rows * COLUMNS;
    byte[] header =
        "{\"model.embed_tokens.weight\":{\"dtype\":\"BF16\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
            .formatted(rows, COLUMNS, bytes)
            .getBytes(StandardCharsets.US_ASCII);
    try (RandomAccessFile sparse =
        new RandomAccessFile(path.resolve("model.safetensors").toFile(), "rw")) {
      sparse.write(RawFile.of(header, 0));
      sparse.setLength(8 + header.length + bytes);
      for (Map.Entry<Integer, Integer> mark : marks.entrySet()) {
        int bits = Float.floatToIntBits(mark.getValue()) >>> 16;
        sparse.seek(8 + header.length + 2L * mark.getKey() * COLUMNS);
        sparse.write(new byte[] {(byte) bits, (byte) (bits >> 8)});
      }
    }
    return path;
  }
}
