// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Recipe.LayerRange;
import io.merge4j.Weight;
import io.merge4j.model.LayerOrigin;
import io.merge4j.model.LayerStacks.Place;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import io.merge4j.plan.OutputTensor.Candidate;
import io.merge4j.plan.ParameterLookup.Level;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Puts one stack of layers together from slices.
final class StackAssembly {

  private final ModuleScope scope;
  private final List<ImmutableList<Participant>> slices;
  private final List<ImmutableList<Level>> levels;
  private final Problems problems;
  private final Map<Model, Layers> layers = new HashMap<>();

  StackAssembly(
      ModuleScope scope,
      List<ImmutableList<Participant>> slices,
      List<ImmutableList<Level>> levels,
      Problems problems) {
    this.scope = scope;
    this.slices = slices;
    this.levels = levels;
    this.problems = problems;
  }

  /// The stack of one model and what its layers hold.
  private record Layers(Stack stack, ImmutableListMultimap<Integer, String> rests) {}

  /// A stack put together.
  ///
  /// @param stack the stack of the reference model, whose names the output's follow
  record Result(
      Stack stack, ImmutableList<OutputTensor> tensors, ImmutableList<LayerOrigin> origins) {}

  /// Empty if there were problems.
  Optional<Result> run() {
    boolean fine = true;
    for (int i = 0; i < slices.size(); i++) {
      fine &= check(slices.get(i), i + 1);
    }
    if (!fine || !isOfOneShape()) {
      return Optional.empty();
    }
    Layers first = layers(slices.getFirst().getFirst().model()).orElseThrow();
    List<OutputTensor> tensors =
        new ArrayList<>(outside(slices.getFirst(), levels.getFirst(), false));
    List<LayerOrigin> origins = new ArrayList<>();
    int total = slices.stream().mapToInt(slice -> range(slice.getFirst()).length()).sum();
    int layer = 0;
    for (int i = 0; i < slices.size(); i++) {
      ImmutableList<Participant> slice = slices.get(i);
      int length = range(slice.getFirst()).length();
      for (int index = 0; index < length; index++, layer++) {
        addLayer(tensors, slice, levels.get(i), index, first.stack, layer, total);
        Participant source =
            slice.stream().filter(p -> !p.base()).findFirst().orElse(slice.getFirst());
        origins.add(new LayerOrigin(source.model().config(), range(source).from() + index));
      }
    }
    tensors.addAll(outside(slices.getLast(), levels.getLast(), true));
    return Optional.of(
        new Result(first.stack, ImmutableList.copyOf(tensors), ImmutableList.copyOf(origins)));
  }

  private boolean check(ImmutableList<Participant> slice, int number) {
    boolean fine = true;
    for (Participant participant : slice) {
      Optional<Layers> own = layers(participant.model());
      if (own.isEmpty()) {
        fine = false;
      } else if (range(participant).to() > own.get().stack.length()) {
        problems.add(
            "Slice %d: layer_range %s of model %s goes beyond its %d layers"
                .formatted(
                    number, range(participant), participant.model(), own.get().stack.length()));
        fine = false;
      }
    }
    if (fine && slice.stream().mapToInt(p -> range(p).length()).distinct().count() > 1) {
      problems.add(
          "Slice %d: its sources have different numbers of layers (%s), expected the same of each"
              .formatted(
                  number,
                  String.join(
                      ", ",
                      slice.stream()
                          .map(p -> p.model() + " " + range(p) + " " + range(p).length())
                          .toList())));
      fine = false;
    }
    return fine;
  }

  /// Layers of different widths make no model. A tensor of which one model has several shapes,
  /// layer by layer, may have others in other models.
  private boolean isOfOneShape() {
    Model first = slices.getFirst().getFirst().model();
    ImmutableMap<String, Shape> expected = shapes(first);
    boolean fine = true;
    for (Model model : slices.stream().map(slice -> slice.getFirst().model()).distinct().toList()) {
      Optional<Map.Entry<String, Shape>> other =
          shapes(model).entrySet().stream()
              .filter(own -> expected.containsKey(own.getKey()))
              .filter(own -> !own.getValue().equals(expected.get(own.getKey())))
              .findFirst();
      if (other.isPresent()) {
        problems.add(
            "Layers of model %s have %s of shape %s, those of %s of %s; stack layers of one shape"
                .formatted(
                    model,
                    other.get().getKey(),
                    other.get().getValue(),
                    first,
                    expected.get(other.get().getKey())));
        fine = false;
      }
    }
    return fine;
  }

  /// The shapes of tensors that have the same in all layers of a model.
  private ImmutableMap<String, Shape> shapes(Model model) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    Set<String> several = new HashSet<>();
    Stack stack = layers(model).orElseThrow().stack;
    for (TensorSpec spec : model.checkpoint().specs()) {
      model
          .stacks()
          .locate(spec.name())
          .filter(place -> place.stack().equals(stack))
          .map(Place::rest)
          .filter(rest -> !spec.shape().equals(shapes.computeIfAbsent(rest, _ -> spec.shape())))
          .ifPresent(several::add);
    }
    shapes.keySet().removeAll(several);
    return ImmutableMap.copyOf(shapes);
  }

  private void addLayer(
      List<OutputTensor> tensors,
      ImmutableList<Participant> slice,
      ImmutableList<Level> sliceLevels,
      int index,
      Stack target,
      int layer,
      int total) {
    Set<String> rests = new LinkedHashSet<>();
    for (Participant participant : slice) {
      rests.addAll(
          layers(participant.model()).orElseThrow().rests.get(range(participant).from() + index));
    }
    double depth = Weight.depth(index, range(slice.getFirst()).length());
    for (String rest : rests) {
      ImmutableList.Builder<Candidate> candidates = ImmutableList.builder();
      for (Participant participant : slice) {
        Stack own = layers(participant.model()).orElseThrow().stack;
        candidates.add(
            Assembly.candidate(participant, own.name(range(participant).from() + index, rest)));
      }
      Weight weight = new Weight(target.name(layer, rest), OptionalInt.of(layer), total, depth);
      tensors.add(new OutputTensor(weight, candidates.build(), sliceLevels));
    }
  }

  /// The tensors outside the stack that come before or after its layers.
  private List<OutputTensor> outside(
      ImmutableList<Participant> slice, ImmutableList<Level> sliceLevels, boolean after) {
    Set<String> names = new LinkedHashSet<>();
    for (Participant participant : slice) {
      Model model = participant.model();
      Stack stack = layers(model).orElseThrow().stack;
      for (TensorSpec spec : model.checkpoint().specs()) {
        Optional<Place> place = model.stacks().locate(spec.name());
        boolean inside = place.isPresent() && place.get().stack().equals(stack);
        if (!inside && scope.contains(spec.name()) && model.isAfterLayers(spec.name()) == after) {
          names.add(spec.name());
        }
      }
    }
    if (after) {
      names.addAll(tiedHeads(slice));
    }
    return names.stream()
        .map(name ->
            new OutputTensor(Assembly.weight(name, slice), candidates(name, slice), sliceLevels))
        .toList();
  }

  /// The heads of the other slices' models that a slice's models have not, since theirs are tied to
  /// their embeddings: where one model has its own head, so has the output.
  private List<String> tiedHeads(ImmutableList<Participant> slice) {
    return slices.stream()
        .flatMap(List::stream)
        .map(Participant::model)
        .filter(model -> !model.config().tiesEmbeddings())
        .flatMap(model -> model.checkpoint().specs().stream())
        .map(TensorSpec::name)
        .filter(scope::contains)
        .distinct()
        .filter(name -> slice.stream().anyMatch(own -> own.model().tied(name).isPresent()))
        .toList();
  }

  private static ImmutableList<Candidate> candidates(
      String name, ImmutableList<Participant> slice) {
    return Assembly.candidates(name, slice).stream()
        .map(own ->
            new Candidate(
                own.participant(),
                name,
                own.spec().or(() -> own.participant().model().tied(name).map(Tensor::spec))))
        .collect(ImmutableList.toImmutableList());
  }

  private LayerRange range(Participant participant) {
    return participant
        .range()
        .orElseGet(
            () -> new LayerRange(0, layers(participant.model()).orElseThrow().stack.length()));
  }

  private Optional<Layers> layers(Model model) {
    Layers known = layers.get(model);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Layers> found = scope.stack(model, problems).map(stack -> index(model, stack));
    found.ifPresent(own -> layers.put(model, own));
    return found;
  }

  private static Layers index(Model model, Stack stack) {
    ImmutableListMultimap.Builder<Integer, String> rests = ImmutableListMultimap.builder();
    for (TensorSpec spec : model.checkpoint().specs()) {
      model
          .stacks()
          .locate(spec.name())
          .filter(place -> place.stack().equals(stack))
          .ifPresent(place -> rests.put(place.layer(), place.rest()));
    }
    return new Layers(stack, rests.build());
  }
}
