// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What recipes say of the rank of an adapter that is merged from adapters: the key `adapter`.
///
/// @param nodes learns what is wrong
record AdapterYaml(RecipeNodes nodes) {

  private static final ImmutableSet<String> ADAPTER_KEYS = ImmutableSet.of("rank", "energy");

  AdapterRank read(ObjectNode root) {
    JsonNode node = root.path("adapter");
    if (node.isMissingNode() || node.isNull()) {
      return AdapterRank.UNSET;
    }
    Optional<ObjectNode> adapter = nodes.mapping(node, "adapter");
    if (adapter.isEmpty()) {
      return AdapterRank.UNSET;
    }
    nodes.checkKeys(adapter.get(), ADAPTER_KEYS, "adapter");
    JsonNode rank = adapter.get().path("rank");
    JsonNode energy = adapter.get().path("energy");
    if (!(rank.isMissingNode() || rank.isInt())) {
      nodes.problem("adapter.rank", "found %s, expected a whole number".formatted(rank));
      return AdapterRank.UNSET;
    }
    if (!(energy.isMissingNode() || energy.isNumber())) {
      nodes.problem("adapter.energy", "found %s, expected a number".formatted(energy));
      return AdapterRank.UNSET;
    }
    try {
      return new AdapterRank(
          rank.isInt() ? OptionalInt.of(rank.intValue()) : OptionalInt.empty(),
          energy.isNumber() ? OptionalDouble.of(energy.doubleValue()) : OptionalDouble.empty());
    } catch (IllegalArgumentException e) {
      nodes.problem("adapter", String.valueOf(e.getMessage()));
      return AdapterRank.UNSET;
    }
  }
}
