// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.vocabulary.RowMap;
import io.merge4j.vocabulary.TokenizerUnion;
import io.merge4j.vocabulary.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Says what becomes of the vocabulary.
final class RowRemarks {

  private RowRemarks() {}

  static void add(
      RowMap rows,
      Vocabulary vocabulary,
      Optional<TokenizerUnion> union,
      String base,
      List<String> remarks) {
    StringBuilder text =
        new StringBuilder("The vocabulary has %d tokens".formatted(vocabulary.size()));
    union
        .filter(each -> each.newTokens() > 0)
        .ifPresent(
            each -> text.append(", %d more than that of %s".formatted(each.newTokens(), base)));
    if (rows.size() > vocabulary.size()) {
      text.append(
          "; of %d rows %d are padding".formatted(rows.size(), rows.size() - vocabulary.size()));
    }
    remarks.add(text.toString());
    List<String> lost = new ArrayList<>();
    vocabulary
        .ids()
        .forEach((token, id) -> {
          if (rows.isZero(id)) {
            lost.add(token);
          }
        });
    if (!lost.isEmpty()) {
      remarks.add(
          "%d tokens (e.g. \"%s\") have a row in no model and get zeros"
              .formatted(lost.size(), lost.getFirst()));
    }
    union.map(TokenizerUnion::remarks).ifPresent(remarks::addAll);
    union.ifPresent(each ->
        each.learned().stream()
            .filter(learned ->
                !learned.tokenizer().scheme().splitting().equals(each.base().scheme().splitting()))
            .forEach(learned ->
                remarks.add(
                    "Texts are split as by %s, and no longer as by %s, before tokens are looked up"
                        .formatted(base, learned.tokenizer().name()))));
  }
}
