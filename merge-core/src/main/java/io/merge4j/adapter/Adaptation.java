// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeException;
import io.merge4j.adapter.AdaptedCheckpoint.Change;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fits an adapter to its base: which tensor it changes, how, and whether that is possible.
///
/// The result is what PEFT's `merge_and_unload` makes, with sums rounded once, to the type of the
/// base's tensor.
///
/// *Source:* PEFT 0.21, `tuners/lora/layer.py`, `tuners/lora/dora.py`.
public final class Adaptation {

  private static final int SHOWN = 3;

  private final Base base;
  private final Checkpoint adapter;
  private final AdapterConfig config;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, List<Change>> changes = new LinkedHashMap<>();
  private ImmutableMap<String, Tensor> added = ImmutableMap.of();

  private Adaptation(Base base, Checkpoint adapter, AdapterConfig config) {
    this.base = base;
    this.adapter = adapter;
    this.config = config;
  }

  /// The base with the adapter applied.
  ///
  /// @param directory where `adapter_config.json` lies
  /// @param closesBase whether closing the result closes the base's checkpoint, not just the
  ///   adapter's
  /// @throws MergeException if the adapter can't be merged into a base, or not into this one; says
  ///   why
  public static Checkpoint apply(
      Base base, Checkpoint adapter, Path directory, boolean closesBase) {
    String title = "Cannot apply adapter %s to %s: ".formatted(adapter.name(), base.name());
    try {
      Adaptation adaptation = new Adaptation(base, adapter, AdapterConfig.read(directory));
      adaptation.run();
      if (!adaptation.problems.isEmpty()) {
        throw new MergeException(title + adaptation.summary());
      }
      return adaptation.result(SourceFile.read(directory.resolve(AdapterConfig.FILE)), closesBase);
    } catch (IOException e) {
      throw new MergeException(title + e.getMessage(), e);
    }
  }

  private String summary() {
    int more = problems.size() - SHOWN;
    String shown = String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())));
    return shown + (more > 0 ? "; and %d more problems".formatted(more) : "");
  }

  private Checkpoint result(SourceFile file, boolean closesBase) {
    ImmutableMap.Builder<String, ImmutableList<Change>> all = ImmutableMap.builder();
    changes.forEach((tensor, list) -> all.put(tensor, ImmutableList.copyOf(list)));
    return new AdaptedCheckpoint(
        base.name() + "+" + adapter.name(),
        base.checkpoint(),
        adapter,
        all.buildOrThrow(),
        added,
        file,
        closesBase);
  }

  private void run() {
    Map<String, Map<Part, Tensor>> modules = Part.byModule(adapter, problems::add);
    UntiedHead head = new UntiedHead(base, config, modules);
    added = head.tensors();
    head.shared()
        .ifPresent(name ->
            problems.add(
                "it saves %s, but in the base that is tied to the embedding of encoder and decoder, expected a head of its own; leave it out of modules_to_save, or give it factors"
                    .formatted(name)));
    modules.forEach(this::add);
    if (modules.isEmpty()) {
      problems.add("it holds no tensors");
    }
  }

  private void add(String module, Map<Part, Tensor> parts) {
    replace(module + ".weight", parts, Part.BASE_WEIGHT, Part.WEIGHT);
    replace(module + ".bias", parts, Part.BASE_BIAS, Part.BIAS);
    Product product = new Product(module, config, parts);
    if (product.isThere()) {
      change(module + ".weight", product::weight);
    }
    Tensor bias = parts.get(Part.B_BIAS);
    if (bias != null) {
      change(module + ".bias", weight -> product.bias(weight, bias));
    }
    Tensor tokens = parts.get(Part.TOKENS);
    if (tokens != null) {
      change(module + ".weight", weight -> TokenRows.of(weight, tokens, config.tokens(module)));
    }
  }

  /// A tensor in full. One that stays tied is another, which the adapter brings as well.
  private void replace(String name, Map<Part, Tensor> parts, Part ofBase, Part saved) {
    Tensor found = parts.getOrDefault(ofBase, parts.get(saved));
    if (found == null) {
      return;
    }
    boolean rows = base.vocabularySized().test(name);
    if (added.containsKey(name) || !base.ties(name)) {
      change(name, weight -> Replacement.check(weight.spec(), found, rows));
    }
  }

  /// Adds a change and tries it, so that what does not fit is known at once.
  private void change(String name, Change change) {
    Optional<Tensor> target = Optional.ofNullable(added.get(name)).or(() -> base.find(name));
    if (target.isEmpty()) {
      problems.add("the base has no tensor %s; is it the base it was trained on?".formatted(name));
      return;
    }
    Tensor weight = target.get();
    String tensor = weight.spec().name();
    List<Change> known = changes.computeIfAbsent(tensor, n -> new ArrayList<>());
    try {
      for (Change earlier : known) {
        weight = earlier.apply(weight);
      }
      Tensor _ = change.apply(weight);
      known.add(change);
    } catch (IllegalArgumentException e) {
      problems.add("%s: %s".formatted(name, e.getMessage()));
    }
  }
}
