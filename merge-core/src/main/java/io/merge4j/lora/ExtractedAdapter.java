// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.adapter.Part;
import io.merge4j.adapter.PeftConfig;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.Optional;
import java.util.stream.Stream;

/// What beside factors goes into an extracted adapter.
record ExtractedAdapter(Extraction extraction, ImmutableList<AdapterTensor> tensors) {

  PeftConfig config() {
    ImmutableSortedMap.Builder<String, Integer> ranks = ImmutableSortedMap.naturalOrder();
    factored().forEach(tensor -> ranks.put(PeftConfig.module(tensor.name()), tensor.rank()));
    boolean causal =
        extraction.tuned().config().json().path("architectures").toString().contains("CausalLM");
    return new PeftConfig(
        Optional.of(extraction.base().name()),
        causal ? Optional.of("CAUSAL_LM") : Optional.empty(),
        ranks.buildOrThrow(),
        modules(),
        tensors.stream().anyMatch(t -> t.how() == How.SAVED && isBesideFactors(t.name())),
        false,
        extraction.tuned().config().storesInByOut());
  }

  private Stream<AdapterTensor> factored() {
    return tensors.stream().filter(tensor -> tensor.rank() > 0);
  }

  /// Whether it is the bias of a module that has factors: that can't be saved as a module.
  private boolean isBesideFactors(String tensor) {
    return tensor.endsWith(".bias")
        && factored()
            .anyMatch(each -> PeftConfig.module(each.name()).equals(PeftConfig.module(tensor)));
  }

  /// The modules that are saved in full.
  private ImmutableList<String> modules() {
    return tensors.stream()
        .filter(tensor -> tensor.how() == How.SAVED && !isBesideFactors(tensor.name()))
        .map(tensor -> PeftConfig.module(tensor.name()))
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /// The tensors that are stored in full, under their names in the adapter.
  ///
  /// PEFT wants all tensors of a module that is saved, not just those that changed.
  ImmutableList<Tensor> saved() {
    Checkpoint tuned = extraction.tuned().checkpoint();
    ImmutableList<String> modules = modules();
    Stream<String> besideFactors =
        tensors.stream()
            .filter(tensor -> tensor.how() == How.SAVED)
            .map(AdapterTensor::name)
            .filter(this::isBesideFactors);
    Stream<String> ofModules =
        tuned.specs().stream()
            .filter(
                spec -> modules.contains(PeftConfig.module(spec.name())) && spec.dtype().isFloat())
            .map(TensorSpec::name);
    return Stream.concat(besideFactors, ofModules)
        .map(name -> stored(tuned.find(name).orElseThrow()))
        .collect(ImmutableList.toImmutableList());
  }

  /// A tensor under its name in the adapter, in its own type where that can be written.
  ///
  /// PEFT puts a module with factors around that of the base, which keeps the bias.
  private Tensor stored(Tensor tensor) {
    String name = tensor.spec().name();
    String stored = isBesideFactors(name) ? Part.BASE_BIAS.nameFor(name) : Part.PREFIX + name;
    DType own = tensor.spec().dtype();
    TensorSpec spec = tensor.spec().as(own.isWritable() ? own : extraction.dtype());
    return new ComputedTensor(spec.named(stored), tensor::read, tensor.workingBytes());
  }
}
