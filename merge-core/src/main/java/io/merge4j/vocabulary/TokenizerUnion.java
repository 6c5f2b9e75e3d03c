// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.MergeException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;

/// A tokenizer with its own tokens and what others have beyond them.
///
/// The base's tokens keep their ids. Tokens that others learned join its vocabulary, with their
/// merges or scores; tokens that others added are added here, with the flags of the first that has
/// them. Ids are dense: the base's, then learned ones, then added ones.
///
/// @param base the tokenizer that is extended
/// @param vocabulary all tokens
/// @param learned the new tokens of vocabularies proper, by tokenizer, in the order of their ids
/// @param added the new added tokens, in the order of their ids
public record TokenizerUnion(
    Tokenizer base,
    Vocabulary vocabulary,
    ImmutableList<Learned> learned,
    ImmutableMap<String, AddedToken> added) {

  /// New tokens that a tokenizer learned.
  public record Learned(Tokenizer tokenizer, ImmutableSet<String> tokens) {}

  /// A tokenizer and the number of rows its model has; tokens beyond them do not take part.
  public record Member(Tokenizer tokenizer, long rows) {

    /// Tokens that have a row, by ascending id.
    private List<String> tokens() {
      return tokenizer.vocabulary().inOrder().stream()
          .filter(token -> tokenizer.vocabulary().find(token).orElseThrow() < rows)
          .toList();
    }
  }

  /// Joins tokenizers.
  ///
  /// @param members without the base
  /// @param problems takes what stands against it; the result is of no use then
  public static TokenizerUnion of(Tokenizer base, List<Member> members, Consumer<String> problems) {
    List<Member> others =
        members.stream()
            .filter(member -> !member.tokenizer.vocabulary().isSameAs(base.vocabulary()))
            .toList();
    Map<String, AddedToken> added = new LinkedHashMap<>();
    for (Member member : others) {
      member.tokens().stream()
          .filter(token -> !base.vocabulary().contains(token))
          .forEach(token -> {
            AddedToken flags = member.tokenizer.added().get(token);
            if (flags != null) {
              added.putIfAbsent(token, flags);
            }
          });
    }
    List<Learned> learned = new ArrayList<>();
    Set<String> known = new LinkedHashSet<>();
    for (Member member : others) {
      ImmutableSet<String> tokens =
          member.tokens().stream()
              .filter(token -> !base.vocabulary().contains(token) && !added.containsKey(token))
              .filter(known::add)
              .collect(ImmutableSet.toImmutableSet());
      if (!tokens.isEmpty()) {
        check(base, member.tokenizer, tokens, problems);
        learned.add(new Learned(member.tokenizer, tokens));
      }
    }
    checkFile(base, known.size() + added.size(), problems);
    return new TokenizerUnion(
        base,
        vocabulary(base, known, added.keySet()),
        ImmutableList.copyOf(learned),
        ImmutableMap.copyOf(added));
  }

  private static void check(
      Tokenizer base, Tokenizer other, ImmutableSet<String> tokens, Consumer<String> problems) {
    base.scheme()
        .obstacle(other.scheme())
        .ifPresent(obstacle ->
            problems.accept(
                "Cannot join the tokenizers of %s and %s, which has %d tokens of its own (e.g. \"%s\"): %s; take tokenizer_source base, or one of the models"
                    .formatted(
                        base.name(),
                        other.name(),
                        tokens.size(),
                        tokens.iterator().next(),
                        obstacle)));
  }

  private static void checkFile(Tokenizer base, int tokens, Consumer<String> problems) {
    if (tokens > 0 && base.file().isEmpty()) {
      problems.accept(
          "Cannot add %d tokens to the tokenizer of %s: it has no tokenizer.json; make one with save_pretrained of AutoTokenizer, or take tokenizer_source base"
              .formatted(tokens, base.name()));
    }
  }

  private static Vocabulary vocabulary(Tokenizer base, Set<String> learned, Set<String> added) {
    if (learned.isEmpty() && added.isEmpty() && base.vocabulary().isDense()) {
      return base.vocabulary();
    }
    ImmutableMap.Builder<String, Integer> ids = ImmutableMap.builder();
    int next = 0;
    for (String token : base.vocabulary().inOrder()) {
      ids.put(token, next++);
    }
    for (String token : learned) {
      ids.put(token, next++);
    }
    for (String token : added) {
      ids.put(token, next++);
    }
    return new Vocabulary(ids.buildOrThrow());
  }

  /// Whether the union is more than its base, so that its files differ.
  public boolean isExtended() {
    return !learned.isEmpty() || !added.isEmpty() || !base.vocabulary().isDense();
  }

  /// Number of tokens that the base lacks.
  public int newTokens() {
    return vocabulary.size() - base.vocabulary().size();
  }

  /// What becomes different in texts that have none of the new tokens; empty if nothing does.
  public List<String> remarks() {
    return new JoinedTokens(this).remarks();
  }

  /// Writes its `tokenizer.json`.
  ///
  /// @throws MergeException if a tokenizer that it is made of cannot be read
  public void write(OutputStream output) throws IOException {
    try {
      UnionWriter.write(this, output);
    } catch (JacksonException e) {
      throw new MergeException(
          "Cannot write the tokenizer: %s".formatted(e.getOriginalMessage()), e);
    }
  }

  /// The base's added tokens that join its vocabulary proper, since others follow them there.
  List<String> joined() {
    return learned.isEmpty() && base.vocabulary().isDense() ? List.of() : base.outsideModel();
  }

  /// All new tokens of vocabularies proper.
  ImmutableSet<String> allLearned() {
    return learned.stream()
        .flatMap(each -> each.tokens().stream())
        .collect(ImmutableSet.toImmutableSet());
  }
}
