// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Recipe;
import io.merge4j.Signature.Base;
import io.merge4j.TokenizerChoice;
import io.merge4j.Weight;
import io.merge4j.model.LayerOrigin;
import io.merge4j.model.LayerStacks.Place;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import io.merge4j.plan.OutputTensor.Candidate;
import io.merge4j.plan.ParameterLookup.Level;
import io.merge4j.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/// Pairs the tensors of the models and names those of the output.
///
/// A module without layer ranges keeps its stack: every tensor meets those of the same name. A
/// module with layer ranges is put together anew, slice by slice; what stands before the layers
/// comes from the models of the first slice, what stands after them from those of the last.
final class Assembly {

  private final Recipe recipe;
  private final Base role;
  private final OpenModels models;
  private final Problems problems;
  private final Model reference;
  private final List<OutputTensor> tensors = new ArrayList<>();
  private final Map<Stack, ImmutableList<LayerOrigin>> origins = new LinkedHashMap<>();

  private Assembly(Recipe recipe, Base role, OpenModels models, Problems problems) {
    this.recipe = recipe;
    this.role = role;
    this.models = models;
    this.problems = problems;
    ModelReference name =
        recipe.base().orElseGet(() -> recipe.sources().findFirst().orElseThrow().model());
    this.reference = models.get(name.name());
  }

  /// What was put together.
  ///
  /// @param reference the model that gives configuration and files: the base, else the first
  /// @param tensors the tensors of the output in the order of their model
  /// @param origins where the layers of stacks that were put together anew come from
  record Result(
      Model reference,
      ImmutableList<OutputTensor> tensors,
      ImmutableMap<Stack, ImmutableList<LayerOrigin>> origins) {}

  static Result of(Recipe recipe, Base role, OpenModels models, Problems problems) {
    Assembly assembly = new Assembly(recipe, role, models, problems);
    Set<String> taken = new LinkedHashSet<>();
    for (Recipe.Module module : recipe.modules()) {
      assembly.add(module, taken);
    }
    return new Result(
        assembly.reference,
        ImmutableList.copyOf(assembly.tensors),
        ImmutableMap.copyOf(assembly.origins));
  }

  private void add(Recipe.Module module, Set<String> taken) {
    ImmutableList<Level> outer =
        new Level("module " + module.name().orElse(""), module.parameters())
            .before(new Level("parameters", recipe.parameters()).before(ImmutableList.of()));
    List<ImmutableList<Participant>> slices = new ArrayList<>();
    List<ImmutableList<Level>> levels = new ArrayList<>();
    for (int i = 0; i < module.slices().size(); i++) {
      Recipe.Slice slice = module.slices().get(i);
      ImmutableList<Level> inner = new Level("slice " + (i + 1), slice.parameters()).before(outer);
      levels.add(inner);
      slices.add(Participant.of(slice, inner, recipe, role, models));
    }
    ModuleScope scope = ModuleScope.of(module, recipe, problems, reference);
    boolean stacks =
        module.slices().stream()
            .flatMap(s -> s.sources().stream())
            .anyMatch(s -> s.layers().isPresent());
    if (stacks || slices.size() > 1) {
      new StackAssembly(scope, slices, levels, problems)
          .run()
          .ifPresent(stack -> {
            checkRows(stack.tensors());
            tensors.addAll(stack.tensors());
            origins.put(stack.stack(), stack.origins());
          });
    } else {
      addWhole(scope, slices.getFirst(), levels.getFirst(), taken);
    }
  }

  /// A stack gets the embedding of its first model and the head of its last.
  private void checkRows(ImmutableList<OutputTensor> stack) {
    Optional<Model> embedding = modelOf(stack, Model::isEmbedding);
    Optional<Model> head = modelOf(stack, Model::isHead);
    if (embedding.isEmpty() || head.isEmpty()) {
      return;
    }
    long first = embedding.get().vocabularyRows();
    long last = head.get().vocabularyRows();
    if (first != last && recipe.tokenizer().equals(TokenizerChoice.NONE)) {
      problems.add(
          "The embedding of %s has %d rows, the head of %s %d rows, expected as many; name a tokenizer_source to bring them to one vocabulary"
              .formatted(embedding.get(), first, head.get(), last));
    }
  }

  /// The model that gives a stack its first tensor of a kind.
  private static Optional<Model> modelOf(
      ImmutableList<OutputTensor> stack, BiPredicate<Model, String> kind) {
    return stack.stream()
        .map(OutputTensor::reference)
        .filter(candidate -> kind.test(candidate.participant().model(), candidate.name()))
        .map(candidate -> candidate.participant().model())
        .findFirst();
  }

  private void addWhole(
      ModuleScope scope,
      ImmutableList<Participant> participants,
      ImmutableList<Level> levels,
      Set<String> taken) {
    Set<String> names = new LinkedHashSet<>();
    addNames(names, scope, reference);
    participants.forEach(participant -> addNames(names, scope, participant.model()));
    for (String name : names) {
      if (taken.add(name)) {
        tensors.add(
            new OutputTensor(weight(name, participants), candidates(name, participants), levels));
      }
    }
  }

  private static void addNames(Set<String> names, ModuleScope scope, Model model) {
    for (TensorSpec spec : model.checkpoint().specs()) {
      if (scope.contains(spec.name())) {
        names.add(spec.name());
      }
    }
  }

  static ImmutableList<Candidate> candidates(String name, ImmutableList<Participant> participants) {
    return participants.stream()
        .map(participant -> candidate(participant, name))
        .collect(ImmutableList.toImmutableList());
  }

  static Candidate candidate(Participant participant, String name) {
    return new Candidate(
        participant,
        name,
        participant.model().checkpoint().find(name).map(tensor -> tensor.spec()));
  }

  /// Where a tensor that keeps its name stands, as the first model with such a layer has it.
  static Weight weight(String name, ImmutableList<Participant> participants) {
    for (Participant participant : participants) {
      Optional<Place> place = participant.model().stacks().locate(name);
      if (place.isPresent() && place.get().layer() < place.get().stack().length()) {
        return Weight.inLayer(name, place.get().layer(), place.get().stack().length());
      }
    }
    return Weight.outside(name);
  }
}
