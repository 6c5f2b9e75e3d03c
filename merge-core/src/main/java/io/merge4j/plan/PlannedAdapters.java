// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import io.merge4j.AdapterRank;
import io.merge4j.Input;
import io.merge4j.PlannedWeight;
import io.merge4j.adapter.AdapterFiles;
import io.merge4j.adapter.Deltas;
import io.merge4j.adapter.FactorLayout;
import io.merge4j.adapter.LowRank;
import io.merge4j.adapter.Part;
import io.merge4j.adapter.PeftConfig;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Adapters that are merged into one.
///
/// @param byModel the adapters, by their names in the recipe
/// @param shapes the weights and biases that any of them adds to
/// @param base the model that they belong to, if any of them or the recipe says so
/// @param dtype type of the factors that are written
/// @param rank what was asked for
public record PlannedAdapters(
    ImmutableMap<String, Deltas> byModel,
    ImmutableMap<String, Shape> shapes,
    Optional<String> base,
    DType dtype,
    AdapterRank rank) {

  /// Vectors that a decomposition holds beside those of the factors: samples, and a block of rows.
  private static final int SAMPLED = 20 + 2 * 64;

  /// The weights of the base that the adapters bring beneath their factors, by their names; those
  /// of several adapters should be the same.
  public ImmutableListMultimap<String, Tensor> beneath() {
    ImmutableListMultimap.Builder<String, Tensor> beneath = ImmutableListMultimap.builder();
    byModel.values().forEach(adapter -> adapter.beneath().forEach(beneath::put));
    return beneath.build();
  }

  /// What an input adds to its weight; empty if that is nothing.
  public Optional<LowRank> factors(Input input) {
    return Optional.ofNullable(byModel.get(input.model()))
        .map(adapter -> adapter.factors().get(input.tensor().name()));
  }

  /// Whether a tensor is a matrix that adapters add to by factors.
  public boolean isFactored(PlannedWeight weight) {
    return weight.inputs().stream().anyMatch(input -> factors(input).isPresent());
  }

  /// Whether a tensor is a bias that belongs to factors.
  public boolean isOfFactors(PlannedWeight weight) {
    return shapes.containsKey(weight.output().name()) && !isFactored(weight);
  }

  /// The factors that are merged.
  private Stream<LowRank> all(PlannedWeight weight) {
    return weight.inputs().stream().map(this::factors).flatMap(Optional::stream);
  }

  /// The greatest rank among the inputs.
  public int greatestRank(PlannedWeight weight) {
    return all(weight).mapToInt(LowRank::rank).max().orElse(0);
  }

  /// How the factors of a matrix are stored.
  public FactorLayout layout(PlannedWeight weight) {
    return all(weight).findFirst().orElseThrow().layout();
  }

  /// The file that will be written if all ranks are what was asked for, or those of an exact sum.
  CheckpointLayout layout(List<PlannedWeight> weights) {
    ImmutableList.Builder<TensorSpec> specs = ImmutableList.builder();
    for (PlannedWeight weight : weights) {
      if (isFactored(weight)) {
        Shape shape = weight.output().shape();
        int sum = all(weight).mapToInt(LowRank::rank).sum();
        long most = Math.min(shape.size(0), shape.size(1));
        long expected = Math.min(most, rank.most().orElse(sum));
        specs.addAll(layout(weight).factors(weight.output(), expected, dtype));
      } else {
        specs.add(stored(weight));
      }
    }
    beneath()
        .asMap()
        .forEach((name, tensors) ->
            specs.add(tensors.iterator().next().spec().named(Part.BASE_WEIGHT.nameFor(name))));
    return AdapterFiles.layout(specs.build());
  }

  /// A tensor that is no matrix of factors, as the adapter calls it.
  ///
  /// PEFT puts a module with factors around that of the base, which keeps the bias.
  public TensorSpec stored(PlannedWeight weight) {
    TensorSpec spec = weight.output();
    if (isOfFactors(weight)) {
      return spec.named(Part.B_BIAS.nameFor(spec.name())).as(dtype);
    }
    boolean isBesideFactors =
        spec.name().endsWith(".bias")
            && shapes.containsKey(PeftConfig.module(spec.name()) + ".weight");
    return spec.named(
        isBesideFactors ? Part.BASE_BIAS.nameFor(spec.name()) : Part.PREFIX + spec.name());
  }

  /// Heap that one worker takes to find the factors of a weight, at most.
  long workingBytes(List<PlannedWeight> weights) {
    return weights.stream()
        .filter(this::isFactored)
        .mapToLong(weight -> {
          Shape shape = weight.output().shape();
          long vectors = 3L * all(weight).mapToInt(LowRank::rank).sum() + SAMPLED;
          return Double.BYTES * vectors * (shape.size(0) + shape.size(1));
        })
        .max()
        .orElse(0);
  }
}
