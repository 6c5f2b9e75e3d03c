// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergePlan;
import io.merge4j.Merger;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models of sizes beyond any machine's memory, in sparse files: planned from headers, and read
/// where something stands in them.
class LargePlansTest {

  private static final long PROJECTION = 80L * 28_672 * 8192;

  @TempDir private Path directory;

  /// A bfloat16 model of zeros: a shard after another is filled with so many tensors.
  private Path model(String name, Map<String, long[]> shapes, int shards, String config)
      throws IOException {
    Path model = Files.createDirectory(directory.resolve(name));
    Files.writeString(model.resolve("config.json"), config);
    StringBuilder index = new StringBuilder("{\"weight_map\":{");
    StringBuilder header = new StringBuilder("{");
    long bytes = 0;
    int done = 0;
    int shard = 1;
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      String file = "model-%05d-of-%05d.safetensors".formatted(shard, shards);
      long end = bytes + 2 * product(tensor.getValue());
      header.append(
          "%s\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  header.length() == 1 ? "" : ",",
                  tensor.getKey(),
                  Arrays.toString(tensor.getValue()),
                  bytes,
                  end));
      index.append("%s\"%s\":\"%s\"".formatted(done == 0 ? "" : ",", tensor.getKey(), file));
      bytes = end;
      done++;
      if (done * (long) shards / shapes.size() >= shard) {
        sparse(model.resolve(file), header.append('}'), bytes);
        header = new StringBuilder("{");
        bytes = 0;
        shard++;
      }
    }
    Files.writeString(model.resolve("model.safetensors.index.json"), index.append("}}"));
    return model;
  }

  private static long product(long[] shape) {
    long product = 1;
    for (long size : shape) {
      product *= size;
    }
    return product;
  }

  private static long sparse(Path file, CharSequence header, long bytes) throws IOException {
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(RawFile.of(text, 0));
      sparse.setLength(8 + text.length + bytes);
    }
    return 8L + text.length;
  }

  @Test
  void thirty_thousand_tensors_in_three_hundred_shards() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {1000, 64});
    for (int layer = 0; layer < 60; layer++) {
      String prefix = "model.layers." + layer + ".";
      shapes.put(prefix + "input_layernorm.weight", new long[] {64});
      for (int expert = 0; expert < 166; expert++) {
        for (String projection : new String[] {"gate_proj", "up_proj", "down_proj"}) {
          shapes.put(
              prefix + "mlp.experts." + expert + "." + projection + ".weight", new long[] {64, 64});
        }
      }
    }
    shapes.put("lm_head.weight", new long[] {1000, 64});
    String config = "{\"model_type\":\"mixtral\",\"num_hidden_layers\":60,\"vocab_size\":1000}";
    Path a = model("a", shapes, 300, config);
    Path b = model("b", shapes, 300, config);
    MergePlan plan = Merger.slerp(a, b).t(0.5).plan();
    assertThat(plan.weights()).hasSize(shapes.size()).hasSizeGreaterThan(29_900);
    assertThat(plan.parameters())
        .isEqualTo(shapes.values().stream().mapToLong(LargePlansTest::product).sum());
    assertThat(plan.weights()).allSatisfy(weight -> assertThat(weight.models()).hasSize(2));
  }

  @Test
  void a_hundred_billion_parameters() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {128_256, 8192});
    for (int layer = 0; layer < 80; layer++) {
      String prefix = "model.layers." + layer + ".";
      shapes.put(prefix + "self_attn.q_proj.weight", new long[] {8192, 8192});
      shapes.put(prefix + "self_attn.k_proj.weight", new long[] {8192, 8192});
      shapes.put(prefix + "self_attn.v_proj.weight", new long[] {8192, 8192});
      shapes.put(prefix + "self_attn.o_proj.weight", new long[] {8192, 8192});
      shapes.put(prefix + "mlp.gate_proj.weight", new long[] {28_672, 8192});
      shapes.put(prefix + "mlp.up_proj.weight", new long[] {28_672, 8192});
      shapes.put(prefix + "mlp.down_proj.weight", new long[] {8192, 28_672});
      shapes.put(prefix + "mlp.extra_proj.weight", new long[] {28_672, 8192});
      shapes.put(prefix + "input_layernorm.weight", new long[] {8192});
      shapes.put(prefix + "post_attention_layernorm.weight", new long[] {8192});
    }
    shapes.put("model.norm.weight", new long[] {8192});
    shapes.put("lm_head.weight", new long[] {128_256, 8192});
    String config =
        "{\"model_type\":\"llama\",\"num_hidden_layers\":80,\"hidden_size\":8192,\"vocab_size\":128256}";
    Path a = model("a", shapes, 30, config);
    Path b = model("b", shapes, 30, config);
    MergePlan plan = Merger.slerp(a, b).t(0.5).plan();
    assertThat(plan.parameters())
        .isEqualTo(
            4 * PROJECTION + 80L * (4L * 8192 * 8192 + 2 * 8192) + 8192 + 2L * 128_256 * 8192)
        .isGreaterThan(98_000_000_000L);
    assertThat(plan.layout().bytes()).isGreaterThan(2 * plan.parameters());
    assertThat(plan.layout().shards()).hasSizeBetween(38, 50);
    assertThat(plan.memory()).isLessThan(400_000_000);
  }

  @Test
  void a_tensor_of_40_GB_is_read_wherever_something_stands_in_it() throws IOException {
    long elements = 20_000_000_000L;
    Path file = directory.resolve("model.safetensors");
    long start =
        sparse(
            file,
            "{\"w\":{\"dtype\":\"BF16\",\"shape\":[%d,1000],\"data_offsets\":[0,%d]}}"
                .formatted(elements / 1000, 2 * elements),
            2 * elements);
    long[] marks = {
      0, (1L << 31) - 2, 1L << 31, (1L << 32) - 1, 1L << 32, 13_000_000_007L, elements - 3
    };
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < marks.length; i++) {
        sparse.seek(start + 2 * marks[i]);
        int bits = Float.floatToRawIntBits(i + 1f) >>> 16;
        sparse.write(
            ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) bits).array());
      }
    }
    try (Checkpoint checkpoint = Safetensors.open(directory)) {
      Tensor tensor = checkpoint.find("w").orElseThrow();
      assertThat(tensor.spec().elements()).isEqualTo(elements);
      for (int i = 0; i < marks.length; i++) {
        long from = Math.max(0, marks[i] - 1);
        float[] found = new float[4];
        int count = (int) Math.min(4, elements - from);
        tensor.read(from, count, found, 0);
        assertThat(found[(int) (marks[i] - from)]).as("element %d", marks[i]).isEqualTo(i + 1f);
      }
    }
  }
}
