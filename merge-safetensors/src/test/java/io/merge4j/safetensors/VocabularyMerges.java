// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.TokenizerChoice;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models whose vocabularies differ, row by row. Row r of a model's embedding holds its number
/// throughout: 100 r for model a, 100 r + 1 for b, 100 r + 2 for c.
abstract class VocabularyMerges {

  static final int ROWS = 16;

  @TempDir Path directory;
  Path a;
  Path b;

  /// a has t0 to t11 and 4 rows of padding; b has t1, t0, u and its matrix ends before v and w.
  @BeforeEach
  void models() {
    a = model("a", 0, ROWS, "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "ta", "tb");
    b = model("b", 1, 3, "t1", "t0", "u", "v", "w");
  }

  Path model(String name, int offset, int rows, String... tokens) {
    Path path = tiny(offset, rows).in(directory.resolve(name));
    tokenizer(path, tokens);
    return path;
  }

  static TinyModels tiny(int offset, int rows) {
    return TinyModels.seeded(offset)
        .with(numbered("model.embed_tokens.weight", rows, offset))
        .with(numbered("lm_head.weight", rows, offset));
  }

  static Tensor numbered(String name, int rows, int offset) {
    float[] values = new float[rows * TinyModels.HIDDEN];
    for (int i = 0; i < values.length; i++) {
      values[i] = 100 * (i / TinyModels.HIDDEN) + offset;
    }
    return Tensor.of(name, Shape.of(rows, TinyModels.HIDDEN), values);
  }

  static void tokenizer(Path model, String... tokens) {
    StringBuilder vocabulary = new StringBuilder();
    for (int i = 0; i < tokens.length; i++) {
      vocabulary.append(i == 0 ? "" : ", ").append("\"%s\": %d".formatted(tokens[i], i));
    }
    write(
        model,
        "tokenizer.json",
        "{\"added_tokens\": [], \"model\": {\"type\": \"WordLevel\", \"vocab\": {%s}}}"
            .formatted(vocabulary));
  }

  static void write(Path model, String name, String text) {
    try {
      Files.writeString(model.resolve(name), text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// The models' average, a being the base.
  Merge average(TokenizerChoice choice) {
    return Merger.taskArithmetic().base(a).model(b).weight(0.5).tokenizer(choice);
  }

  MergeReport run(Merge merge) {
    return merge.writeTo(directory.resolve("out"), Output.DEFAULT.sync(false).overwrite(true));
  }

  /// The numbers of the rows of a matrix of the output.
  double[] rows(String name) throws IOException {
    float[] values = TinyModels.values(directory.resolve("out"), name);
    double[] rows = new double[values.length / TinyModels.HIDDEN];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = values[i * TinyModels.HIDDEN];
      for (int j = 0; j < TinyModels.HIDDEN; j++) {
        assertThat(values[i * TinyModels.HIDDEN + j]).isEqualTo((float) rows[i]);
      }
    }
    return rows;
  }

  JsonNode json(String file) {
    return JsonMapper.shared().readTree(directory.resolve("out").resolve(file).toFile());
  }
}
