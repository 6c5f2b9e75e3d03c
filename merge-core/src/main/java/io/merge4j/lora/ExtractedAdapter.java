// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.adapter.Base;
import io.merge4j.adapter.Deltas;
import io.merge4j.adapter.Part;
import io.merge4j.adapter.PeftConfig;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What beside factors goes into an extracted adapter.
record ExtractedAdapter(Extraction extraction, ImmutableList<AdapterTensor> tensors) {

  private static final System.Logger LOG = System.getLogger(ExtractedAdapter.class.getName());

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
        tensors.stream()
            .anyMatch(t -> t.how() == How.SAVED && t.name().endsWith(".bias") && isPlain(t.name())),
        false,
        extraction.tuned().config().storesInByOut());
  }

  /// Tells of what PEFT makes of the adapter without a word.
  void warn() {
    ModelConfig config = extraction.tuned().config();
    if (config.renamesModules()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The adapter names modules as the files of {0} models do: PEFT with transformers 5, which calls some otherwise, leaves those out; merge the adapter with merge4j instead",
          config.modelType().orElseThrow());
    }
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

  /// Whether PEFT loads it into the base, not into a copy of its module: that can't be saved.
  private boolean isPlain(String tensor) {
    boolean holder = tensor.endsWith(".bias") && isHolder(tensors, tensor);
    return holder
        || isBesideFactors(tensor)
        || isOfTiedHead(tensor)
        || (isTied(extraction.tuned(), tensor) && Base.isSharedEmbedding(tensor));
  }

  /// Whether it is the bias of a head that stays tied, or the one to which the head's is tied.
  private boolean isOfTiedHead(String tensor) {
    if (!tensor.endsWith(".bias")) {
      return false;
    }
    Model tuned = extraction.tuned();
    String module = PeftConfig.module(tensor);
    return tuned.tiedHead().stream()
        .anyMatch(name ->
            name.endsWith(".bias")
                ? tuned.tied(name).orElseThrow().spec().name().equals(tensor)
                : PeftConfig.module(name).equals(module) && head().isEmpty());
  }

  /// Whether the module of a tensor holds others that are factored or saved: PEFT saves modules
  /// with all that is below them, and wants nothing of its own there.
  private static boolean isHolder(List<AdapterTensor> tensors, String tensor) {
    String below = PeftConfig.module(tensor) + ".";
    return tensors.stream()
        .filter(each -> each.rank() > 0 || each.how() == How.SAVED)
        .anyMatch(each -> PeftConfig.module(each.name()).startsWith(below));
  }

  /// What became of the tensors if those that PEFT could not load are left out: parameters that are
  /// no biases, beside modules that are factored or saved.
  static ImmutableList<AdapterTensor> withoutHolders(ImmutableList<AdapterTensor> tensors) {
    return tensors.stream()
        .map(tensor -> {
          String name = tensor.name();
          if (tensor.how() != How.SAVED || name.endsWith(".bias") || !isHolder(tensors, name)) {
            return tensor;
          }
          LOG.log(
              System.Logger.Level.WARNING,
              "{0} changed and is left out: PEFT cannot save the module that holds it",
              name);
          double change = tensor.change();
          return new AdapterTensor(name, tensor.shape(), How.LEFT_OUT, 0, 0, change, change);
        })
        .collect(ImmutableList.toImmutableList());
  }

  /// Whether a tensor is the embedding of a model whose head, which has no tensor, is tied to it.
  static boolean isTied(Model model, String tensor) {
    return model.tiedHead().stream()
        .limit(1)
        .flatMap(head -> model.tied(head).stream())
        .anyMatch(tied -> tied.spec().name().equals(tensor));
  }

  /// The tensors of a head that was tied to an embedding which is saved: PEFT would keep those of
  /// the base. None if encoder and decoder share the embedding: PEFT's copy is read by neither, so
  /// that it is loaded into the base.
  private ImmutableList<Tensor> head() {
    Model tuned = extraction.tuned();
    boolean untied =
        tensors.stream()
            .filter(tensor -> tensor.how() == How.SAVED && isTied(tuned, tensor.name()))
            .anyMatch(tensor -> !Base.isSharedEmbedding(tensor.name()));
    return untied
        ? tuned.tiedHead().stream()
            .map(name -> Deltas.named(name, tuned.tied(name).orElseThrow()))
            .collect(ImmutableList.toImmutableList())
        : ImmutableList.of();
  }

  /// The modules that are saved in full.
  private ImmutableList<String> modules() {
    Stream<String> saved =
        tensors.stream()
            .filter(tensor -> tensor.how() == How.SAVED && !isPlain(tensor.name()))
            .map(AdapterTensor::name);
    return Stream.concat(saved, head().stream().map(tensor -> tensor.spec().name()))
        .map(PeftConfig::module)
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /// The tensors that are stored in full, under their names in the adapter.
  ///
  /// PEFT wants all tensors of a module that is saved, not just those that changed.
  ImmutableList<Tensor> saved() {
    Checkpoint tuned = extraction.tuned().checkpoint();
    ImmutableList<String> modules = modules();
    Stream<String> plain =
        tensors.stream()
            .filter(tensor -> tensor.how() == How.SAVED)
            .map(AdapterTensor::name)
            .filter(this::isPlain);
    Stream<String> ofModules =
        tuned.specs().stream()
            .filter(
                spec -> modules.contains(PeftConfig.module(spec.name())) && spec.dtype().isFloat())
            .map(TensorSpec::name);
    Stream<Tensor> found =
        Stream.concat(plain, ofModules).map(name -> tuned.find(name).orElseThrow());
    return Stream.concat(found, head().stream())
        .map(this::stored)
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
