// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.Optional;

/// The licenses of a merge's inputs, as their cards state them.
///
/// @param byModel license by the model's name in the recipe; empty where the card states none or
///   there is no card
public record Licenses(ImmutableMap<String, Optional<License>> byModel) {

  private static final License SEVERAL = new License(License.OTHER, "several-licenses", "");

  /// What the card of the merge states: the license of all inputs; `other` if they differ; nothing
  /// if that of an input is unknown.
  public Optional<License> ofMerge() {
    if (differ()) {
      return Optional.of(SEVERAL);
    }
    return isKnown() ? stated().stream().findFirst() : Optional.empty();
  }

  /// Whether inputs state different licenses.
  public boolean differ() {
    return stated().size() > 1
        || (byModel.size() > 1
            && stated().stream()
                .anyMatch(license -> !license.isSpecific() || license.equals(SEVERAL)));
  }

  /// Whether every input states its license.
  public boolean isKnown() {
    return byModel.values().stream().allMatch(Optional::isPresent);
  }

  /// A warning if the licenses differ, naming each.
  public Optional<String> warning() {
    return differ()
        ? Optional.of(
            "The licenses of the inputs differ (%s); the card says \"license: other\", and what the merge may be used for is for you to find out"
                .formatted(byModel.entrySet().stream().map(Licenses::print).collect(joining(", "))))
        : Optional.empty();
  }

  private static String print(Map.Entry<String, Optional<License>> model) {
    return model.getKey() + ": " + model.getValue().map(License::toString).orElse("unknown");
  }

  private ImmutableSet<License> stated() {
    return byModel.values().stream()
        .flatMap(Optional::stream)
        .collect(ImmutableSet.toImmutableSet());
  }
}
