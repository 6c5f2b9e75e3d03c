// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.RecipeException;
import io.merge4j.method.Passthrough;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters applied while reading, against what PEFT 0.21 merged.
class AdapterTest {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"lora-plain", "lora-rs", "lora-pattern", "lora-dora", "lora-embed"})
  void gives_what_peft_merges(String adapter) throws IOException {
    String name = MODELS.resolve("llama-base") + "+" + MODELS.resolve(adapter);
    Path expected = MODELS.resolve(adapter).resolve("merged_into_llama-base.safetensors");
    try (Model model = Model.open(name);
        Checkpoint merged = Safetensors.open(expected)) {
      assertThat(model.name()).isEqualTo(name);
      assertThat(model.checkpoint().specs()).containsExactlyInAnyOrderElementsOf(merged.specs());
      check(model.checkpoint(), merged);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, gpt2-fan-in",
    "gpt2, gpt2-fan-in-dora",
    "gpt2, gpt2-embedding-dora",
    "gpt2, gpt2-bias",
    "llama, llama-lora-bias",
    "llama, llama-tied-embedding",
    "llama, llama-tied-head",
    "llama, llama-saved-head",
    "llama, llama-tokens",
    "llama, llama-grown",
    "llama, llama-rs-patterns"
  })
  void gives_what_peft_merges_of_every_kind(String base, String adapter) throws IOException {
    try (Model model = Model.open(ADAPTERS.resolve(base));
        Model adapted = model.withAdapter(ADAPTERS.resolve(adapter));
        Checkpoint merged =
            Safetensors.open(ADAPTERS.resolve(adapter).resolve("merged.safetensors"))) {
      check(adapted.checkpoint(), merged);
    }
  }

  /// All tensors of `found` agree with those of `expected`, which may also hold a tied head.
  private static void check(Checkpoint found, Checkpoint expected) {
    GoldenTolerance tolerance = GoldenTolerance.of("linear");
    for (TensorSpec spec : found.specs()) {
      Tensor tensor = found.find(spec.name()).orElseThrow();
      Tensor like = expected.find(spec.name()).orElseThrow();
      assertThat(tensor.spec()).isEqualTo(like.spec());
      int _ = tolerance.check(tensor, like);
      checkReads(tensor);
    }
  }

  /// However a tensor is read, it is the same.
  private static void checkReads(Tensor tensor) {
    byte[] bytes = Bytes.of(tensor);
    Tensor stored = Tensor.of(tensor.spec(), MemorySegment.ofArray(bytes));
    int count = (int) tensor.spec().elements();
    float[] all = new float[count];
    stored.read(0, count, all, 0);
    for (int from = 0; from < count; from += Math.max(1, count / 5)) {
      int size = Math.min(count - from, 100);
      float[] some = new float[size + 3];
      tensor.read(from, size, some, 3);
      assertThat(Arrays.copyOfRange(some, 3, size + 3))
          .isEqualTo(Arrays.copyOfRange(all, from, from + size));
      byte[] part = new byte[Math.min(13, bytes.length - from)];
      tensor.copy(from, MemorySegment.ofArray(part));
      assertThat(part).isEqualTo(Arrays.copyOfRange(bytes, from, from + part.length));
    }
  }

  @Test
  void reads_saved_modules_beside_what_was_there_before() throws IOException {
    Path base = TinyModels.seeded(1).in(directory.resolve("base"));
    Path adapter = Files.createDirectory(directory.resolve("saved"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"modules_to_save\": [\"lm_head\"]}");
    String head = "base_model.model.lm_head.";
    float[] trained = new float[16 * TinyModels.HIDDEN];
    Arrays.fill(trained, 7);
    Shape shape = Shape.of(16, TinyModels.HIDDEN);
    Safetensors.write(
        adapter.resolve("adapter_model.safetensors"),
        List.of(
            Tensor.of(head + "modules_to_save.weight", shape, trained),
            Tensor.of(head + "original_module.weight", shape, new float[trained.length])));
    try (Model model = Model.open(base);
        Model adapted = model.withAdapter(adapter)) {
      assertThat(TinyModels.values(adapted.checkpoint().find("lm_head.weight").orElseThrow()))
          .isEqualTo(trained);
    }
  }

  @Test
  void rounds_to_the_type_of_the_base_as_a_merged_copy_would() throws IOException {
    String adapted = MODELS.resolve("llama-base-bf16") + "+" + MODELS.resolve("lora-dora");
    Output output = Output.DEFAULT.sync(false);
    Path copy = directory.resolve("copy");
    Merger.using(new Passthrough(), adapted).writeTo(copy, output);
    Path direct = directory.resolve("direct");
    Path other = MODELS.resolve("llama-a-bf16");
    Merger.slerp(adapted, other.toString()).t(0.4).writeTo(direct, output);
    Path later = directory.resolve("later");
    Merger.slerp(copy, other).t(0.4).writeTo(later, output);
    assertThat(direct.resolve("model.safetensors"))
        .hasSameBinaryContentAs(later.resolve("model.safetensors"));
    try (Checkpoint merged = Safetensors.open(copy)) {
      assertThat(merged.specs()).allMatch(spec -> spec.dtype() == DType.BF16);
    }
  }

  @Test
  void writes_a_grown_vocabulary_or_an_own_head_to_the_configuration() throws IOException {
    Path out = directory.resolve("out");
    Merger.using(
            new Passthrough(), ADAPTERS.resolve("llama") + "+" + ADAPTERS.resolve("llama-grown"))
        .writeTo(out, Output.DEFAULT.sync(false));
    assertThat(out.resolve("config.json"))
        .content()
        .contains("\"vocab_size\" : 44")
        .contains("\"tie_word_embeddings\" : true");
    Path second = directory.resolve("second");
    Merger.using(
            new Passthrough(),
            ADAPTERS.resolve("llama") + "+" + ADAPTERS.resolve("llama-saved-head"))
        .writeTo(second, Output.DEFAULT.sync(false));
    assertThat(second.resolve("config.json"))
        .content()
        .contains("\"vocab_size\" : 40")
        .contains("\"tie_word_embeddings\" : false");
  }

  @Test
  void reads_adapters_that_are_pytorch_files() throws IOException {
    Path adapter = Files.createDirectory(directory.resolve("adapter"));
    Files.copy(
        ADAPTERS.resolve("llama-bin/adapter_model.bin"), adapter.resolve("adapter_model.bin"));
    Files.copy(
        ADAPTERS.resolve("llama-rs-patterns/adapter_config.json"),
        adapter.resolve("adapter_config.json"));
    try (Model model = Model.open(ADAPTERS.resolve("llama"));
        Model one = model.withAdapter(adapter);
        Model two = model.withAdapter(ADAPTERS.resolve("llama-rs-patterns"))) {
      for (TensorSpec spec : one.checkpoint().specs()) {
        assertThat(Bytes.of(one.checkpoint(), spec.name()))
            .isEqualTo(Bytes.of(two.checkpoint(), spec.name()));
      }
    }
  }

  @Test
  void refuses_an_adapter_of_another_base_while_planning() {
    String wrong = MODELS.resolve("llama-base") + "+" + ADAPTERS.resolve("gpt2-fan-in");
    assertThatThrownBy(
            () -> Merger.slerp(wrong, MODELS.resolve("llama-a").toString()).t(0.5).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("the base has no tensor transformer.h.0.attn.c_attn.weight")
        .hasMessageContaining("more problems");
  }

  @Test
  void refuses_an_adapter_of_another_shape() {
    try (Model model = Model.open(ADAPTERS.resolve("llama"))) {
      assertThatThrownBy(() -> model.withAdapter(MODELS.resolve("lora-plain")))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining(
              "model.layers.0.self_attn.o_proj.weight: the base has shape [16, 16], "
                  + "the adapter is for one of 32 inputs and 32 outputs");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"peft_type\": \"LORA\" | \"peft_type\": \"IA3\" | of type IA3, expected LORA",
        "\"init_lora_weights\": true | \"init_lora_weights\": \"pissa_niter_4\" | changed by init_lora_weights = pissa_niter_4",
        "\"init_lora_weights\": true | \"init_lora_weights\": \"loftq\" | init_lora_weights = loftq",
        "\"use_qalora\": false | \"use_qalora\": true | use_qalora",
        "\"alora_invocation_tokens\": null | \"alora_invocation_tokens\": [1] | some tokens only",
        "\"layer_replication\": null | \"layer_replication\": [[0, 2]] | layer_replication",
        "\"target_parameters\": null | \"target_parameters\": [\"x\"] | target_parameters changes fused experts",
        "\"arrow_config\": null | \"arrow_config\": {\"top_k\": 3} | arrow_config chooses",
        "\"use_bdlora\": null | \"use_bdlora\": {\"x\": 1} | use_bdlora computes",
        "\"kasa_config\": null | \"kasa_config\": {\"x\": 1} | kasa_config computes",
        "\"use_dora\": false | \"use_dora\": true | magnitudes are missing",
        "\"r\": 4 | \"r\": 8 | expected rank 8 as adapter_config.json says",
        "\"r\": 4 | \"r\": \"4\" | has r = \"4\", expected a number",
        "\"lora_alpha\": 8 | \"lora_alpha\": null | has lora_alpha = null, expected a number",
        "\"rank_pattern\": {} | \"rank_pattern\": {\"(\": 1} | malformed pattern"
      })
  void refuses_what_cannot_be_merged(String from, String to, String reason) throws IOException {
    Path source = MODELS.resolve("lora-plain");
    String config = Files.readString(source.resolve("adapter_config.json"));
    assertThat(config).contains(from);
    Files.writeString(directory.resolve("adapter_config.json"), config.replace(from, to));
    Files.copy(
        source.resolve("adapter_model.safetensors"),
        directory.resolve("adapter_model.safetensors"));
    try (Model model = Model.open(MODELS.resolve("llama-base"))) {
      assertThatThrownBy(() -> model.withAdapter(directory))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("Cannot apply adapter")
          .hasMessageContaining(reason);
    }
  }

  @Test
  void refuses_tensors_it_does_not_know() throws IOException {
    Path source = MODELS.resolve("lora-plain");
    Files.copy(source.resolve("adapter_config.json"), directory.resolve("adapter_config.json"));
    Safetensors.write(
        directory.resolve("adapter_model.safetensors"),
        List.of(Bytes.tensor("base_model.model.x.lora_C.weight", DType.F32, 2, 2)));
    try (Model model = Model.open(MODELS.resolve("llama-base"))) {
      assertThatThrownBy(() -> model.withAdapter(directory))
          .hasMessageContaining("x.lora_C.weight has no known meaning");
    }
  }

  @Test
  void tells_what_it_holds_in_memory() {
    try (Model model = Model.open(MODELS.resolve("llama-base"));
        Model adapted = model.withAdapter(MODELS.resolve("lora-plain"))) {
      Checkpoint checkpoint = adapted.checkpoint();
      String changed = "model.layers.0.self_attn.q_proj.weight";
      assertThat(checkpoint.find(changed).orElseThrow().workingBytes()).isEqualTo(4 * 4 * 32);
      assertThat(checkpoint.find("model.norm.weight").orElseThrow().workingBytes()).isZero();
    }
  }

  private Model withPattern(String pattern) throws IOException {
    Path adapter = Files.createDirectory(directory.resolve("adapter"));
    Path plain = MODELS.resolve("lora-plain");
    String name = "adapter_model.safetensors";
    Files.copy(plain.resolve(name), adapter.resolve(name));
    String config = Files.readString(plain.resolve("adapter_config.json"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        config.replace("\"rank_pattern\": {}", "\"rank_pattern\": {\"" + pattern + "\": 2}"));
    return Model.open(MODELS.resolve("llama-base") + "+" + adapter);
  }

  @ParameterizedTest
  @ValueSource(strings = {".*.*.*.*.*.*.*.*.*!", "(((a|a)*)*)*!", "(x+x+)+y"})
  @Timeout(10)
  void patterns_that_could_go_back_and_forth_for_ever_are_matched_at_once(String pattern)
      throws IOException {
    try (Model model = withPattern(pattern)) {
      assertThat(model.checkpoint().specs()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((){2147483647}){2147483647}",
        "(x{1000}){1000}",
        "(?=q)q_proj",
        "(?<!q)_proj",
        "(q)\\\\1",
        "nested"
      })
  @Timeout(10)
  void patterns_that_take_unbounded_time_or_stack_are_refused(String pattern) {
    String hostile = pattern.equals("nested") ? "(".repeat(20_000) + ")".repeat(20_000) : pattern;
    assertThatThrownBy(() -> withPattern(hostile))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("simplify it in the adapter's configuration");
  }
}
