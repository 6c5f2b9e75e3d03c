// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.kernel.Kernels;
import io.merge4j.safetensors.SafetensorsFormat;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// Models with the shapes of TinyLlama and as many layers as wanted, in bfloat16, whose weights are
/// random: a base, and fine-tunes at a tenth of its size from it.
///
/// @param layers number of layers; 22 are 1.1 billion parameters
/// @param words number of rows of the embeddings; TinyLlama has 32000
record SyntheticModel(int layers, int words) {

  private static final int HIDDEN = 2048;
  private static final int HEADS = 256;
  private static final int INNER = 5632;
  private static final int WORDS = 32000;
  private static final int NOISE = 1 << 20;
  private static final int PIECE = 1 << 16;
  private static final float[] WEIGHTS = noise();

  /// The model nearest to that many parameters.
  static SyntheticModel of(double billions) {
    long rest = Math.round(billions * 1e9) - 2L * WORDS * HIDDEN;
    return new SyntheticModel((int) Math.max(1, Math.round((double) rest / layer())), WORDS);
  }

  private static long layer() {
    return 2L * HIDDEN * HIDDEN + 2L * HIDDEN * HEADS + 3L * HIDDEN * INNER + 2L * HIDDEN;
  }

  /// Bytes of all tensors.
  long bytes() {
    return 2 * parameters();
  }

  long parameters() {
    return specs().stream().mapToLong(spec -> spec.shape().elements()).sum();
  }

  ImmutableList<TensorSpec> specs() {
    ImmutableList.Builder<TensorSpec> specs = ImmutableList.builder();
    specs.add(spec("model.embed_tokens.weight", words, HIDDEN));
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      specs.add(
          spec(layer + "self_attn.q_proj.weight", HIDDEN, HIDDEN),
          spec(layer + "self_attn.k_proj.weight", HEADS, HIDDEN),
          spec(layer + "self_attn.v_proj.weight", HEADS, HIDDEN),
          spec(layer + "self_attn.o_proj.weight", HIDDEN, HIDDEN),
          spec(layer + "mlp.gate_proj.weight", INNER, HIDDEN),
          spec(layer + "mlp.up_proj.weight", INNER, HIDDEN),
          spec(layer + "mlp.down_proj.weight", HIDDEN, INNER),
          spec(layer + "input_layernorm.weight", HIDDEN),
          spec(layer + "post_attention_layernorm.weight", HIDDEN));
    }
    specs.add(spec("model.norm.weight", HIDDEN));
    specs.add(spec("lm_head.weight", words, HIDDEN));
    return specs.build();
  }

  private static TensorSpec spec(String name, long... shape) {
    return new TensorSpec(name, DType.BF16, Shape.of(shape));
  }

  /// Writes a model; a directory that is there is left as it is.
  ///
  /// @param number 0 for the base, from 1 for its fine-tunes
  void write(Path directory, int number) throws IOException {
    Path config = directory.resolve("config.json");
    if (Files.exists(config)) {
      return;
    }
    Files.createDirectories(directory);
    CheckpointFormat format = new SafetensorsFormat();
    CheckpointLayout layout =
        format.layout(specs(), Long.MAX_VALUE, ImmutableMap.of("format", "pt"));
    try (CheckpointWriter writer = format.create(directory, layout)) {
      for (TensorSpec spec : specs()) {
        write(writer, spec, number);
      }
      writer.finish(false);
    }
    Files.writeString(
        config,
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %d,
         "intermediate_size": %d, "num_hidden_layers": %d, "num_attention_heads": 32,
         "num_key_value_heads": 4, "vocab_size": %d, "tie_word_embeddings": false,
         "torch_dtype": "bfloat16"}
        """
            .formatted(HIDDEN, INNER, layers, words));
  }

  private static void write(CheckpointWriter writer, TensorSpec spec, int number)
      throws IOException {
    float[] values = new float[PIECE];
    byte[] bytes = new byte[2 * PIECE];
    Random base = new Random(spec.name().hashCode());
    Random tuned = new Random(31L * spec.name().hashCode() + number);
    long elements = spec.shape().elements();
    for (long at = 0; at < elements; at += PIECE) {
      int size = (int) Math.min(PIECE, elements - at);
      int from = base.nextInt(NOISE);
      int change = tuned.nextInt(NOISE);
      float scale = number == 0 ? 0 : 0.1f;
      for (int i = 0; i < size; i++) {
        values[i] = WEIGHTS[(from + i) % NOISE] + scale * WEIGHTS[(change + 7 * i) % NOISE];
      }
      Kernels.best().encode(DType.BF16, values, 0, size, MemorySegment.ofArray(bytes), 0);
      writer.write(spec.name(), 2 * at, ByteBuffer.wrap(bytes, 0, 2 * size));
    }
  }

  private static float[] noise() {
    Random random = new Random(0);
    float[] noise = new float[NOISE];
    for (int i = 0; i < NOISE; i++) {
      noise[i] = (float) (0.02 * random.nextGaussian());
    }
    return noise;
  }
}
