// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens that a model has no rows for are remarked on.
class VerifyVocabularyTest {

  private static final Path MODELS = GoldenMergesTest.GOLDEN.resolve("models");
  private static final String NO_ROW = "have no row";

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
                    "20 tokens have no row, such as \".+\" with id 300: the embedding has 300 rows, .+"));
  }

  @Test
  void rows_beyond_the_tokens_are_padding() {
    assertThat(Verification.of(MODELS.resolve("tok-tools")).remarks())
        .noneMatch(remark -> remark.contains(NO_ROW));
  }

  @Test
  void a_tokenizer_that_cannot_be_read_is_odd() throws IOException {
    Path model = TinyModels.seeded(1).in(directory.resolve("model"));
    Files.writeString(model.resolve("tokenizer.json"), "{\"model\": ");

    assertThat(Verification.of(model).remarks())
        .anySatisfy(remark -> assertThat(remark).contains("Cannot read the tokenizer of"));
  }
}
