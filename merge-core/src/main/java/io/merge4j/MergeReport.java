// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.lora.AdapterTensor;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a merge did.
///
/// @param directory where the model is
/// @param plan what was planned, and carried out
/// @param seed the seed of random methods
/// @param threads number of worker threads
/// @param kernels the kernels that ran
/// @param time from the start of planning to the complete output
/// @param findings what was noticed in single weights, by name: NaNs, overflow, remarks of the
///   method
/// @param adapter what became of each weight, if adapters were merged; else empty
/// @param takenOver number of tensors taken over from an earlier run that was cut short
/// @param files the files that came along beside the weights
public record MergeReport(
    Path directory,
    MergePlan plan,
    long seed,
    int threads,
    String kernels,
    Duration time,
    ImmutableMap<String, ImmutableList<String>> findings,
    ImmutableList<AdapterTensor> adapter,
    int takenOver,
    ImmutableList<String> files) {

  /// Bytes of tensor data written in a second.
  public double bytesPerSecond() {
    return plan.bytes() / Math.max(1e-9, time.toNanos() / 1e9);
  }

  /// The report as a JSON object, indented.
  public String toJson() {
    JsonMapper json =
        JsonMapper.builder()
            .enable(tools.jackson.databind.SerializationFeature.INDENT_OUTPUT)
            .build();
    ObjectNode root = json.createObjectNode();
    root.put("directory", directory.toString());
    root.put("method", plan.method().name());
    ArrayNode models = root.putArray("models");
    plan.recipe().models().forEach(model -> models.add(model.name()));
    root.put("tensors", plan.layout().tensors().size());
    root.put("takenOver", takenOver);
    root.put("parameters", plan.parameters());
    root.put("bytes", plan.layout().bytes());
    ArrayNode shards = root.putArray("shards");
    plan.layout()
        .shards()
        .forEach(shard -> shards.addObject().put("file", shard.file()).put("bytes", shard.bytes()));
    root.put("seconds", time.toNanos() / 1e9);
    root.put("bytesPerSecond", Math.round(bytesPerSecond()));
    root.put("seed", seed);
    root.put("threads", threads);
    root.put("kernels", kernels);
    ObjectNode licenses = root.putObject("licenses");
    plan.licenses()
        .byModel()
        .forEach((model, license) ->
            licenses.put(model, license.map(License::toString).orElse("unknown")));
    ArrayNode remarks = root.putArray("remarks");
    plan.remarks().forEach(remarks::add);
    ObjectNode found = root.putObject("findings");
    findings.forEach((weight, texts) -> texts.forEach(found.putArray(weight)::add));
    if (!adapter.isEmpty()) {
      ArrayNode tensors = root.putArray("adapter");
      adapter.forEach(tensor -> put(tensor, tensors.addObject()));
    }
    ArrayNode others = root.putArray("files");
    files.forEach(others::add);
    root.put("recipe", plan.recipe().toYaml());
    return json.writeValueAsString(root) + "\n";
  }

  /// How far a tensor that is saved in full is from another is not known, and JSON has no NaN.
  private static void put(AdapterTensor tensor, ObjectNode into) {
    into.put("tensor", tensor.name())
        .put("rank", tensor.rank())
        .put("energy", tensor.energy())
        .put("residual", tensor.residual());
    if (!Double.isNaN(tensor.change())) {
      into.put("change", tensor.change());
    }
  }
}
