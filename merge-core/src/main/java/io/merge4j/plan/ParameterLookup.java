// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.merge4j.Gradient;
import io.merge4j.Parameter;
import io.merge4j.ParameterOrigin;
import io.merge4j.Recipe;
import io.merge4j.Setting;
import io.merge4j.Settings;
import io.merge4j.Signature;
import io.merge4j.Suggestion;
import io.merge4j.Weight;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/// Looks a method's parameters up in the levels of a recipe.
///
/// The source's own settings go first, then those of its slice, its module and the recipe, then the
/// default. Per-model parameters are matched on the name of the input tensor, others on the
/// output's. A list under a parameter's plural (`weights: [0.5, 0.5]`) gives one value to each
/// model.
final class ParameterLookup {

  /// A level of the recipe.
  ///
  /// @param place its name, for explanations
  record Level(String place, Settings settings) {

    /// This level in front of `outer`, unless it says nothing.
    ImmutableList<Level> before(ImmutableList<Level> outer) {
      return settings.isEmpty()
          ? outer
          : ImmutableList.<Level>builder().add(this).addAll(outer).build();
    }
  }

  private final Recipe recipe;
  private final Signature signature;

  /// The choices that decided a value.
  private final Set<Setting.Choice> used = Sets.newIdentityHashSet();

  ParameterLookup(Recipe recipe, Signature signature) {
    this.recipe = recipe;
    this.signature = signature;
  }

  /// Finds the value of `parameter` for a weight.
  ///
  /// @param levels levels to ask, nearest first
  /// @param model the model whose value is looked for, if it is one of each model
  Optional<ParameterOrigin> find(
      Parameter parameter, Weight weight, List<Level> levels, Optional<Participant> model) {
    Optional<String> name = model.map(participant -> participant.model().name());
    for (Level level : levels) {
      Optional<Setting> setting = level.settings().find(parameter.name());
      Optional<Setting.Choice> choice =
          setting.isPresent() ? setting.get().choice(weight) : Optional.empty();
      if (choice.isPresent()) {
        used.add(choice.get());
        Object value = choice.get().value().at(weight.depth());
        return Optional.of(
            new ParameterOrigin(
                parameter, name, value, level.place(), setting, choice, OptionalInt.empty()));
      }
      Optional<ParameterOrigin> listed =
          model.isPresent() ? listed(parameter, level, model.get()) : Optional.empty();
      if (listed.isPresent()) {
        return listed;
      }
    }
    return parameter
        .fallback()
        .map(value ->
            new ParameterOrigin(
                parameter,
                name,
                value,
                "default",
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty()));
  }

  /// The model's value in a list with one for each.
  private static Optional<ParameterOrigin> listed(
      Parameter parameter, Level level, Participant model) {
    Optional<Setting> setting = level.settings().find(parameter.plural());
    int position = model.position();
    if (setting.isEmpty() || position < 0) {
      return Optional.empty();
    }
    Setting.Choice choice = setting.get().choices().getFirst();
    ImmutableList<Object> values = choice.value().anchors();
    return position >= values.size()
        ? Optional.empty()
        : Optional.of(
            new ParameterOrigin(
                parameter,
                Optional.of(model.model().name()),
                values.get(position),
                level.place(),
                setting,
                Optional.of(choice),
                OptionalInt.of(position)));
  }

  /// Looks for what is wrong with the recipe's settings.
  ///
  /// @param problems told of parameters that the method does not know, and of lists by position
  ///   that do not fit
  /// @param values told of values out of range
  void check(Problems problems, Problems values) {
    check(recipe.parameters(), "parameters", Optional.empty(), problems, values);
    for (int m = 0; m < recipe.modules().size(); m++) {
      Recipe.Module module = recipe.modules().get(m);
      check(module.parameters(), "module parameters", Optional.empty(), problems, values);
      for (Recipe.Slice slice : module.slices()) {
        check(slice.parameters(), "slice parameters", Optional.empty(), problems, values);
        for (Recipe.Source source : slice.sources()) {
          check(
              source.parameters(),
              "parameters of model " + source.model(),
              Optional.of(slice),
              problems,
              values);
        }
      }
    }
  }

  /// What is to be known of settings: filters that never decided anything, most likely misspelt,
  /// and those that no recipe repeats; values under a model that are for the whole merge.
  void remark(List<String> remarks) {
    recipe
        .settings()
        .flatMap(settings -> settings.byName().entrySet().stream())
        .forEach(setting -> {
          for (Setting.Choice choice : setting.getValue().choices()) {
            if (!choice.isForAll() && !used.contains(choice)) {
              remarks.add(
                  "Filter %s of parameter %s decides for no tensor, value %s is not used"
                      .formatted(choice.weights(), setting.getKey(), choice.value()));
            }
            if (!choice.isPrintable()) {
              remarks.add(
                  "Filter %s of parameter %s cannot be said in YAML; the recipe written beside the model does not repeat the merge"
                      .formatted(choice.weights(), setting.getKey()));
            }
          }
        });
    recipe.modules().stream()
        .flatMap(module -> module.slices().stream())
        .flatMap(slice -> slice.sources().stream())
        .flatMap(this::ignored)
        .distinct()
        .forEach(remarks::add);
  }

  /// Values under a model that are looked up for the whole merge only.
  private Stream<String> ignored(Recipe.Source source) {
    return source.parameters().byName().keySet().stream()
        .filter(name -> signature.find(name).filter(known -> !known.perModel()).isPresent())
        .map(name ->
            "Parameter %s is one for all models, its value under model %s is not used"
                .formatted(name, source.model()));
  }

  private void check(
      Settings settings,
      String place,
      Optional<Recipe.Slice> source,
      Problems problems,
      Problems values) {
    settings
        .byName()
        .forEach((name, setting) -> {
          Optional<Parameter> listed = listed(name);
          Optional<Parameter> known = signature.find(name);
          if (listed.isPresent() && source.isEmpty()) {
            checkPositional(name, setting, problems);
            checkValues(listed.get(), setting, place, values);
          } else if (known.isPresent()) {
            checkValues(known.get(), setting, place, values);
          } else {
            problems.add(
                "Unknown parameter \"%s\" in %s; method %s takes %s%s"
                    .formatted(
                        name,
                        place,
                        recipe.method().name(),
                        known(),
                        Suggestion.didYouMean(
                            name, signature.parameters().stream().map(Parameter::name).toList())));
          }
        });
  }

  /// What lies between two values in range is in range, too.
  private static void checkValues(
      Parameter parameter, Setting setting, String place, Problems problems) {
    for (Setting.Choice choice : setting.choices()) {
      String where = choice.isForAll() ? place : place + ", filter " + choice.weights();
      for (Object value : choice.value().anchors()) {
        parameter
            .problem(value)
            .ifPresent(problem -> problems.add("Parameter %s (%s)".formatted(problem, where)));
      }
    }
  }

  private void checkPositional(String name, Setting setting, Problems problems) {
    Gradient values = setting.choices().getFirst().value();
    if (setting.choices().size() != 1) {
      problems.add(
          "Parameter \"%s\" lists a value for each model and takes no filter".formatted(name));
    }
    for (Recipe.Module module : recipe.modules()) {
      for (Recipe.Slice slice : module.slices()) {
        long models = modelsOf(slice);
        if (models != values.anchors().size()) {
          problems.add(
              "Parameter \"%s\" lists %d values for %d models, expected one for each"
                  .formatted(name, values.anchors().size(), models));
        }
      }
    }
  }

  /// Number of models that have parameters of their own: without a base that is apart.
  private long modelsOf(Recipe.Slice slice) {
    return slice.sources().stream()
        .filter(source ->
            !signature.base().isApart() || !recipe.base().equals(Optional.of(source.model())))
        .count();
  }

  private Optional<Parameter> listed(String name) {
    return signature.parameters().stream()
        .filter(parameter -> parameter.perModel() && parameter.plural().equals(name))
        .findFirst();
  }

  private String known() {
    return signature.parameters().isEmpty()
        ? "none"
        : String.join(", ", signature.parameters().stream().map(Parameter::name).toList());
  }
}
