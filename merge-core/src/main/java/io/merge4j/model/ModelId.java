// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import java.util.Optional;

/// The name of a model as recipes write it: `place[@revision][+adapter[@revision]]`.
///
/// @param place a directory or file, or a repository id `org/name`
/// @param revision branch, tag or commit of a repository
/// @param adapter an adapter to apply to the model
public record ModelId(String place, Optional<String> revision, Optional<ModelId> adapter) {

  /// Reads a name; every text is one.
  ///
  /// @throws IllegalArgumentException if it names no place or more than one adapter
  public static ModelId parse(String text) {
    int plus = text.indexOf('+');
    if (plus < 0) {
      return parsePlace(text, text, Optional.empty());
    }
    String adapter = text.substring(plus + 1);
    if (adapter.contains("+")) {
      throw new IllegalArgumentException(
          "Model \"%s\" names several adapters, expected one: base+adapter".formatted(text));
    }
    return parsePlace(
        text, text.substring(0, plus), Optional.of(parsePlace(text, adapter, Optional.empty())));
  }

  private static ModelId parsePlace(String text, String part, Optional<ModelId> adapter) {
    int at = part.lastIndexOf('@');
    String place = at < 0 ? part : part.substring(0, at);
    if (place.isBlank()) {
      throw new IllegalArgumentException(
          "Model \"%s\" names no place, expected a directory or org/name".formatted(text));
    }
    return new ModelId(
        place.strip(),
        at < 0 ? Optional.empty() : Optional.of(part.substring(at + 1).strip()),
        adapter);
  }

  /// This model without its adapter.
  public ModelId base() {
    return new ModelId(place, revision, Optional.empty());
  }

  @Override
  public String toString() {
    return place + revision.map(r -> "@" + r).orElse("") + adapter.map(a -> "+" + a).orElse("");
  }
}
