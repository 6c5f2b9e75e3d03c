// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters of models whose heads are tied, under other names than `lm_head` or to more than that;
/// PEFT 0.21 gives the logits of the tuned model with such adapters.
class TiedExtractionTest {

  private static final int TOKENS = 16;
  private static final String PREFIX = "base_model.model.";

  @TempDir private Path directory;

  @Test
  void saves_a_head_with_its_bias_under_their_own_names() throws IOException {
    String words = "bert.embeddings.word_embeddings.weight";
    String bias = "cls.predictions.bias";
    String decoder = "cls.predictions.decoder.";
    try (Model base = model(1, "bert", "BertForMaskedLM", words, bias);
        Model tuned = model(2, "bert", "BertForMaskedLM", words, bias)) {
      Path out = extracted(tuned, base, How.SAVED);
      assertThat(out.resolve("adapter_config.json"))
          .content()
          .contains("\"cls.predictions.decoder\"", "\"bias\" : \"all\"")
          .doesNotContain("\"cls.predictions\"");
      try (Model again = base.withAdapter(out)) {
        assertThat(values(again, words)).isEqualTo(values(tuned, words));
        assertThat(values(again, decoder + "weight")).isEqualTo(values(tuned, words));
        assertThat(values(again, bias)).isEqualTo(values(tuned, bias));
        assertThat(values(again, decoder + "bias")).isEqualTo(values(tuned, bias));
      }
    }
  }

  @Test
  void a_head_that_stays_tied_is_no_module_to_save_for_its_bias() throws IOException {
    String words = "distilbert.embeddings.word_embeddings.weight";
    String bias = "vocab_projector.bias";
    try (Model base = model(1, "distilbert", "DistilBertForMaskedLM", words, bias);
        Model tuned = model(2, "distilbert", "DistilBertForMaskedLM", words, bias)) {
      Path out = extracted(tuned, base, How.LOW_RANK);
      assertThat(out.resolve("adapter_config.json"))
          .content()
          .contains("\"bias\" : \"all\"")
          .doesNotContain("\"vocab_projector\"");
      try (Model again = base.withAdapter(out)) {
        assertThat(values(again, bias)).isEqualTo(values(tuned, bias));
      }
    }
  }

  @Test
  void saves_an_embedding_that_encoder_and_decoder_share_as_no_module() throws IOException {
    String shared = "model.shared.weight";
    String bias = "model.norm.bias";
    try (Model base = model(1, "bart", "BartForConditionalGeneration", shared, bias);
        Model tuned = model(2, "bart", "BartForConditionalGeneration", shared, bias)) {
      Path out = extracted(tuned, base, How.SAVED);
      assertThat(out.resolve("adapter_config.json"))
          .content()
          .doesNotContain("\"model.shared\"", "\"lm_head\"");
      try (Checkpoint adapter = Safetensors.open(out);
          Model again = base.withAdapter(out)) {
        assertThat(adapter.specs().stream().map(TensorSpec::name))
            .contains(PREFIX + shared)
            .doesNotContain(PREFIX + "lm_head.weight");
        assertThat(values(again, shared)).isEqualTo(values(tuned, shared));
      }
    }
  }

  private Path extracted(Model tuned, Model base, How embeddings) {
    Path out = directory.resolve("adapter");
    Extraction.of(tuned, base).rank(8).embeddings(embeddings).writeTo(out);
    return out;
  }

  private Model model(int seed, String type, String architecture, String embedding, String bias)
      throws IOException {
    Random random = new Random(seed);
    float[] rows = new float[TOKENS * TinyModels.HIDDEN];
    float[] biases = new float[TOKENS];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
      biases[i % TOKENS] = (float) random.nextGaussian();
    }
    return Model.open(
        TinyModels.seeded(seed)
            .without("model.embed_tokens.weight")
            .without("lm_head.weight")
            .with(Tensor.of(embedding, Shape.of(TOKENS, TinyModels.HIDDEN), rows))
            .with(Tensor.of(bias, Shape.of(TOKENS), biases))
            .config(
                "{\"architectures\": [\"%s\"], \"model_type\": \"%s\"}"
                    .formatted(architecture, type))
            .in(directory.resolve("model-" + seed)));
  }

  private static float[] values(Model model, String tensor) {
    return TinyModels.values(model.checkpoint().find(tensor).orElseThrow());
  }
}
