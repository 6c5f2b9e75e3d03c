// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import io.merge4j.lora.ExtractedTensor.How;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `adapter_config.json` of an extracted adapter.
///
/// Every module's alpha is its rank, so that all scales are 1.
///
/// *Source:* PEFT 0.21 `LoraConfig`.
record PeftConfig(Extraction extraction, List<ExtractedTensor> tensors) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  String toJson() {
    ObjectNode json = JSON.createObjectNode();
    int rank = tensors.stream().mapToInt(ExtractedTensor::rank).max().orElse(0);
    json.put("peft_type", "LORA");
    json.put("base_model_name_or_path", extraction.base().name());
    json.put("bias", biases().findAny().isPresent() ? "all" : "none");
    json.put("fan_in_fan_out", extraction.tuned().config().storesInByOut());
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    json.put("lora_alpha", Math.max(1, rank));
    json.put("lora_dropout", 0.0);
    json.put("r", Math.max(1, rank));
    ObjectNode ranks = json.putObject("rank_pattern");
    ObjectNode alphas = json.putObject("alpha_pattern");
    ArrayNode targets = json.putArray("target_modules");
    factored()
        .forEach(tensor -> {
          targets.add(module(tensor.name()));
          if (tensor.rank() != rank) {
            ranks.put("^" + module(tensor.name()), tensor.rank());
            alphas.put("^" + module(tensor.name()), tensor.rank());
          }
        });
    List<String> whole = whole().distinct().toList();
    if (whole.isEmpty()) {
      json.putNull("modules_to_save");
    } else {
      ArrayNode modules = json.putArray("modules_to_save");
      whole.forEach(modules::add);
    }
    if (extraction.tuned().config().json().path("architectures").toString().contains("CausalLM")) {
      json.put("task_type", "CAUSAL_LM");
    } else {
      json.putNull("task_type");
    }
    json.put("use_dora", false);
    json.put("use_rslora", false);
    return JSON.writeValueAsString(json);
  }

  private Stream<ExtractedTensor> factored() {
    return tensors.stream().filter(tensor -> tensor.rank() > 0);
  }

  private Stream<ExtractedTensor> saved() {
    return tensors.stream().filter(tensor -> tensor.how() == How.SAVED);
  }

  /// Whether it is the bias of a module that has factors: that can't be saved as a module.
  boolean isBesideFactors(String tensor) {
    return tensor.endsWith(".bias")
        && factored().anyMatch(factored -> module(factored.name()).equals(module(tensor)));
  }

  private Stream<ExtractedTensor> biases() {
    return saved().filter(tensor -> isBesideFactors(tensor.name()));
  }

  /// The modules that are saved in full, each as often as it has tensors that changed.
  Stream<String> whole() {
    return saved()
        .map(ExtractedTensor::name)
        .filter(name -> !isBesideFactors(name))
        .map(PeftConfig::module);
  }

  /// The module of a tensor: its name without the last part.
  static String module(String tensor) {
    int dot = tensor.lastIndexOf('.');
    return dot < 0 ? tensor : tensor.substring(0, dot);
  }
}
