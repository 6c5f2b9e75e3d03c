// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Llama-like models of two layers and a few hundred parameters, made for a test.
final class TinyModels {

  static final int HIDDEN = 8;

  private final List<Tensor> tensors = new ArrayList<>();
  private final Random random;
  private String config =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 2,
       "vocab_size": 16, "tie_word_embeddings": false, "torch_dtype": "float32"}
      """;

  private TinyModels(long seed) {
    random = new Random(seed);
    add("model.embed_tokens.weight", 16, HIDDEN);
    for (int layer = 0; layer < 2; layer++) {
      String prefix = "model.layers." + layer + ".";
      add(prefix + "input_layernorm.weight", HIDDEN);
      add(prefix + "mlp.up_proj.weight", 4 * HIDDEN, HIDDEN);
      add(prefix + "self_attn.q_proj.weight", HIDDEN, HIDDEN);
      add(prefix + "self_attn.v_proj.weight", HIDDEN, HIDDEN);
    }
    add("model.norm.weight", HIDDEN);
    add("lm_head.weight", 16, HIDDEN);
  }

  /// A model with normally distributed weights.
  static TinyModels seeded(long seed) {
    return new TinyModels(seed);
  }

  private void add(String name, long... dimensions) {
    Shape shape = Shape.of(dimensions);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    tensors.add(Tensor.of(name, shape, values));
  }

  TinyModels with(Tensor tensor) {
    without(tensor.spec().name());
    tensors.add(tensor);
    return this;
  }

  TinyModels without(String name) {
    tensors.removeIf(tensor -> tensor.spec().name().equals(name));
    return this;
  }

  TinyModels config(String json) {
    config = json;
    return this;
  }

  /// Replaces one element of a tensor.
  TinyModels poke(String name, int element, float value) {
    Tensor old =
        tensors.stream().filter(t -> t.spec().name().equals(name)).findFirst().orElseThrow();
    float[] values = values(old);
    values[element] = value;
    return with(Tensor.of(name, old.spec().shape(), values));
  }

  /// Writes the model into a new directory.
  Path in(Path directory) {
    try {
      Files.createDirectories(directory);
      Safetensors.write(directory.resolve("model.safetensors"), tensors);
      Files.writeString(directory.resolve("config.json"), config);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.spec().elements()];
    tensor.read(0, values.length, values, 0);
    return values;
  }

  /// The elements of a tensor of the model in a directory.
  static float[] values(Path model, String name) throws IOException {
    try (Checkpoint checkpoint = Safetensors.open(model)) {
      return values(checkpoint.find(name).orElseThrow());
    }
  }
}
