// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Verification;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens that a model has no rows for are remarked on.
class VerifyVocabularyTest {

  private static final Path MODELS = GoldenMergesTest.GOLDEN.resolve("models");
  private static final String NO_ROW = "without a row";

  @TempDir private Path directory;

  @Test
  void tokens_beyond_the_rows_are_odd() {
    Path out = directory.resolve("out");
    Merger.linear()
        .model(MODELS.resolve("tok-base"))
        .weight(1)
        .model(MODELS.resolve("tok-other"))
        .weight(1)
        .writeTo(out, Output.DEFAULT.sync(false));

    Verification found = Verification.of(out);

    assertThat(found.isSound()).isTrue();
    assertThat(found.remarks())
        .anySatisfy(remark ->
            assertThat(remark)
                .matches(
                    "tokens without a row: 20, such as \".+\" with id 300; the embedding has 300 rows, .+"));
  }

  @Test
  void rows_beyond_the_tokens_are_padding() {
    assertThat(Verification.of(MODELS.resolve("tok-tools")).remarks())
        .noneMatch(remark -> remark.contains(NO_ROW));
  }

  @Test
  void nothing_is_said_where_no_embedding_is_known() throws IOException {
    Path model = Files.createDirectory(directory.resolve("model"));
    Safetensors.write(
        model.resolve("model.safetensors"),
        List.of(Tensor.of("emb.weight", Shape.of(3, 2), 1, 2, 3, 4, 5, 6)));
    Files.writeString(model.resolve("config.json"), "{\"vocab_size\": 2}");
    Files.writeString(
        model.resolve("tokenizer.json"),
        """
        {"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "c": 2}, "unk_token": "a"}}
        """);

    assertThat(Verification.of(model).remarks()).noneMatch(remark -> remark.contains("token"));
  }

  @Test
  void a_tokenizer_that_cannot_be_read_is_odd() throws IOException {
    Path model = TinyModels.seeded(1).in(directory.resolve("model"));
    Files.writeString(model.resolve("tokenizer.json"), "{\"model\": ");

    assertThat(Verification.of(model).remarks())
        .anySatisfy(remark -> assertThat(remark).contains("Cannot read the tokenizer of"));
  }
}
