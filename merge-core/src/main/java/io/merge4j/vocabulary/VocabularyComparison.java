// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.List;
import java.util.Objects;

/// How the vocabularies of two tokenizers relate.
///
/// @param shared number of tokens that both have
/// @param moved tokens that both have, with different ids, by id in the first
/// @param onlyLeft tokens that only the first has, by id
/// @param onlyRight tokens that only the second has, by id
/// @param flags tokens that both added, with different flags
/// @param roles keys such as `eos_token` whose tokens differ
public record VocabularyComparison(
    int shared,
    ImmutableList<String> moved,
    ImmutableList<String> onlyLeft,
    ImmutableList<String> onlyRight,
    ImmutableList<String> flags,
    ImmutableList<String> roles) {

  /// Compares two tokenizers.
  public static VocabularyComparison of(Tokenizer left, Tokenizer right) {
    List<String> both =
        left.vocabulary().inOrder().stream().filter(right.vocabulary()::contains).toList();
    return new VocabularyComparison(
        both.size(),
        both.stream()
            .filter(token -> !left.vocabulary().find(token).equals(right.vocabulary().find(token)))
            .collect(ImmutableList.toImmutableList()),
        without(left.vocabulary(), right.vocabulary()),
        without(right.vocabulary(), left.vocabulary()),
        left.added().keySet().stream()
            .filter(right.added()::containsKey)
            .filter(token -> !Objects.equals(left.added().get(token), right.added().get(token)))
            .collect(ImmutableList.toImmutableList()),
        roles(left, right));
  }

  private static ImmutableList<String> without(Vocabulary own, Vocabulary other) {
    return own.inOrder().stream()
        .filter(token -> !other.contains(token))
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<String> roles(Tokenizer left, Tokenizer right) {
    ImmutableSet<String> keys =
        ImmutableSet.copyOf(Sets.union(left.roles().keySet(), right.roles().keySet()));
    return keys.stream()
        .filter(key -> !Objects.equals(left.roles().get(key), right.roles().get(key)))
        .collect(ImmutableList.toImmutableList());
  }

  /// Whether both give every token the same id.
  public boolean isSame() {
    return moved.isEmpty() && onlyLeft.isEmpty() && onlyRight.isEmpty();
  }
}
