// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// Tokens and their ids, which are their rows in the matrices of a model.
///
/// @param ids id of each token; from 0 on, usually but not always without gaps
public record Vocabulary(ImmutableMap<String, Integer> ids) {

  /// Number of tokens.
  public int size() {
    return ids.size();
  }

  /// Number of rows up to the greatest id.
  public int rows() {
    return ids.values().stream().mapToInt(id -> id + 1).max().orElse(0);
  }

  /// Whether the ids are 0 to `size() - 1`, each once.
  public boolean isDense() {
    Set<Integer> distinct = new HashSet<>(ids.values());
    return rows() == size() && distinct.size() == size();
  }

  /// Whether it is known, without comparing tokens, that another vocabulary is the same.
  @SuppressWarnings("ReferenceEquality") // equality would take as long as what it is to save
  public boolean isSameAs(Vocabulary other) {
    return ids == other.ids;
  }

  public boolean contains(String token) {
    return ids.containsKey(token);
  }

  /// The id of a token.
  public OptionalInt find(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// Tokens by ascending id; two with the same id, in a damaged vocabulary, in its order.
  public ImmutableList<String> inOrder() {
    return ids.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .collect(ImmutableList.toImmutableList());
  }
}
