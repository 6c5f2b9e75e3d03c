// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.merge4j.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What was tied in the base and is of its own with the adapter: a head that it brings in full, and
/// the head's bias along with it.
///
/// *Source:* PEFT 0.21, `ModulesToSaveWrapper`: a module that is saved is a copy.
///
/// @param modules the parts that the adapter brings, by the modules they belong to
record UntiedHead(Base base, Map<String, Map<Part, Tensor>> modules) {

  /// The tensors that stood for them in the base, by the names that they have from now on.
  ImmutableMap<String, Tensor> tensors() {
    Set<String> weights = tied(Part.WEIGHT, Part.BASE_WEIGHT, ".weight");
    Set<String> biases = tied(Part.BIAS, Part.BASE_BIAS, ".bias");
    Set<String> names = new LinkedHashSet<>(weights);
    if (!weights.isEmpty()) {
      names.addAll(biases);
    }
    return ImmutableMap.copyOf(
        Maps.asMap(names, name -> Deltas.named(name, base.tied().apply(name).orElseThrow())));
  }

  /// The tied tensors that the adapter brings: not those beneath factors, which stay tied.
  private Set<String> tied(Part part, Part beneath, String suffix) {
    Set<String> names = new LinkedHashSet<>();
    modules.forEach((module, parts) -> {
      String name = module + suffix;
      if (parts.containsKey(part) && !parts.containsKey(beneath) && base.ties(name)) {
        names.add(name);
      }
    });
    return names;
  }
}
