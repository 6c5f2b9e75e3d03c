// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import io.merge4j.Recipe;
import io.merge4j.Suggestion;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import io.merge4j.vocabulary.ChatTemplate;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.Vocabulary;
import java.util.List;
import java.util.Optional;

/// Finds the chat template that a recipe asks for.
record TemplatePlanner(Recipe recipe, OpenModels models, Problems problems, List<String> remarks) {

  /// The template; empty if the recipe asks for none, or with problems.
  ///
  /// @param reference the model whose tokenizer comes along if no vocabulary is planned
  Optional<ChatTemplate> plan(Optional<PlannedVocabulary> vocabulary, Model reference) {
    Optional<ChatTemplate> template = recipe.tokenizer().chatTemplate().flatMap(this::find);
    template.ifPresent(found ->
        vocabulary
            .map(PlannedVocabulary::vocabulary)
            .or(() ->
                reference
                    .directory()
                    .flatMap(directory -> Tokenizer.read(reference.name(), directory))
                    .map(Tokenizer::vocabulary))
            .ifPresent(tokens -> check(found, tokens)));
    return template;
  }

  private Optional<ChatTemplate> find(String choice) {
    if (choice.equals("auto")) {
      return mostCommon();
    }
    if (ChatTemplate.BUILT_IN.contains(choice)) {
      return Optional.of(ChatTemplate.builtIn(choice));
    }
    if (choice.contains("{")) {
      return Optional.of(new ChatTemplate(choice));
    }
    String hint = Suggestion.didYouMean(choice, ChatTemplate.BUILT_IN);
    problems.add(
        "chat_template: unknown template \"%s\"%s Expected auto, one of %s, or Jinja text"
            .formatted(
                choice, hint.isEmpty() ? "." : hint, String.join(", ", ChatTemplate.BUILT_IN)));
    return Optional.empty();
  }

  /// The template that most models have; of several, that of the model named first.
  private Optional<ChatTemplate> mostCommon() {
    Multiset<ChatTemplate> found = HashMultiset.create();
    Optional<ChatTemplate> best = Optional.empty();
    List<ChatTemplate> inOrder =
        recipe.models().stream()
            .map(ModelReference::name)
            .map(models::get)
            .flatMap(model -> model.directory().stream())
            .flatMap(directory -> ChatTemplate.read(directory).stream())
            .toList();
    found.addAll(inOrder);
    for (ChatTemplate template : inOrder) {
      if (best.isEmpty() || found.count(template) > found.count(best.get())) {
        best = Optional.of(template);
      }
    }
    if (best.isEmpty()) {
      remarks.add("No model has a chat template, so the output has none");
    }
    return best;
  }

  private void check(ChatTemplate template, Vocabulary vocabulary) {
    List<String> lacking =
        template.marks().stream()
            .filter(mark -> !vocabulary.contains(mark))
            .map(mark -> "\"" + mark + "\"")
            .toList();
    if (!lacking.isEmpty()) {
      remarks.add(
          "The chat template uses %s, which the vocabulary lacks; each becomes several tokens"
              .formatted(String.join(", ", lacking)));
    }
  }
}
