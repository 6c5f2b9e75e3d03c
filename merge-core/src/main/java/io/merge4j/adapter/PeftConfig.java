// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Collections;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `adapter_config.json` of an adapter that is written.
///
/// Every module's alpha is its rank, so that all scales are 1.
///
/// *Source:* PEFT 0.21 `LoraConfig`.
///
/// @param base `base_model_name_or_path`
/// @param task `task_type`
/// @param ranks rank of each module with factors, more than 0
/// @param saved modules that are saved in full
/// @param biases whether it brings biases of the base
/// @param factorBiases whether factors have biases of their own
/// @param fanInFanOut whether the base stores weights in x out
public record PeftConfig(
    Optional<String> base,
    Optional<String> task,
    ImmutableSortedMap<String, Integer> ranks,
    ImmutableList<String> saved,
    boolean biases,
    boolean factorBiases,
    boolean fanInFanOut) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /// The text of `adapter_config.json`.
  public String toJson() {
    ObjectNode json = JSON.createObjectNode();
    int rank = ranks.isEmpty() ? 1 : Collections.max(ranks.values());
    json.put("peft_type", "LORA");
    json.put("base_model_name_or_path", base.orElse(null));
    json.put("bias", biases ? "all" : "none");
    json.put("fan_in_fan_out", fanInFanOut);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    json.put("lora_alpha", rank);
    json.put("lora_bias", factorBiases);
    json.put("lora_dropout", 0.0);
    json.put("r", rank);
    ObjectNode special = JSON.createObjectNode();
    ArrayNode targets = json.putArray("target_modules");
    ranks.forEach((module, own) -> {
      targets.add(module);
      if (own != rank) {
        special.put("^" + module, own);
      }
    });
    json.set("rank_pattern", special);
    json.set("alpha_pattern", special.deepCopy());
    if (saved.isEmpty()) {
      json.putNull("modules_to_save");
    } else {
      saved.forEach(json.putArray("modules_to_save")::add);
    }
    json.put("task_type", task.orElse(null));
    json.put("use_dora", false);
    json.put("use_rslora", false);
    return JSON.writeValueAsString(json);
  }

  /// The module of a tensor: its name without the last part.
  public static String module(String tensor) {
    int dot = tensor.lastIndexOf('.');
    return dot < 0 ? tensor : tensor.substring(0, dot);
  }
}
