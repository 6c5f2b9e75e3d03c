// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.MergeMethod;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.Signature.Base;
import io.merge4j.adapter.Deltas;
import io.merge4j.adapter.LowRank;
import io.merge4j.model.LayerStacks;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Sees adapters that are merged as models of what they add to their base, which itself adds
/// nothing; so every method works on them as it does on models.
final class AdapterPlanner {

  /// Stands for a base whose name nobody tells.
  private static final String UNNAMED = "base";

  private final Recipe recipe;
  private final Base role;
  private final OpenModels models;
  private final Problems problems;
  private final Map<String, Deltas> adapters = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private AdapterPlanner(Recipe recipe, Base role, OpenModels models, Problems problems) {
    this.recipe = recipe;
    this.role = role;
    this.models = models;
    this.problems = problems;
  }

  /// A recipe whose models are open.
  ///
  /// @param recipe the recipe, with a base where the method needs one
  /// @param adapters present if it merges adapters
  record Result(Recipe recipe, Optional<PlannedAdapters> adapters) {}

  /// Opens the models of a recipe.
  static Result open(
      Recipe recipe, Output output, MergeMethod method, OpenModels models, Problems problems) {
    recipe.sources().forEach(source -> models.add(source.model(), problems));
    AdapterRules rules = new AdapterRules(recipe, method, models, problems);
    if (rules.applies()) {
      rules.checkMethod();
      return new AdapterPlanner(recipe, method.signature().base(), models, problems).plan(output);
    }
    recipe.base().ifPresent(base -> models.add(base, problems));
    recipe.tokenizer().modelsOfTokens().forEach(model -> models.add(model, problems));
    rules.checkModels();
    return new Result(recipe, Optional.empty());
  }

  private Result plan(Output output) {
    recipe.sources().map(Recipe.Source::model).distinct().forEach(this::read);
    Optional<ModelReference> other =
        recipe
            .base()
            .filter(base -> recipe.sources().noneMatch(source -> source.model().equals(base)));
    Optional<Model> model = other.flatMap(this::openBase);
    boolean apart = other.isPresent() && !adapters.containsKey(other.get().name());
    Optional<String> base = apart ? other.map(ModelReference::name) : bases().stream().findFirst();
    if (bases().size() > 1 && !apart) {
      problems.add(
          "The adapters belong to different bases, %s; if these are the same model, name it as base_model"
              .formatted(String.join(" and ", bases())));
    }
    collectShapes();
    boolean standsIn =
        (role == Base.REQUIRED && recipe.base().isEmpty()) || (role.isApart() && apart);
    if (standsIn && model.isEmpty() && replaces()) {
      models.open(base.orElse(UNNAMED), "", problems);
      model = models.find(base.orElse(UNNAMED));
    }
    ImmutableMap<String, Tensor> kept = kept(model, output);
    problems.throwIfAny();
    LayerStacks stacks = stacks(model);
    Recipe effective = recipe;
    if (standsIn) {
      effective = recipe.withBase(Optional.of(standIn(base.orElse(UNNAMED), model, kept, stacks)));
    } else if (apart && role != Base.FIRST) {
      effective = recipe.withBase(Optional.empty());
    }
    adapters.forEach((name, adapter) -> models.put(name, dense(name, adapter, kept, stacks)));
    DType dtype = output.dtype().or(recipe::outDtype).or(recipe::dtype).orElseGet(this::stored);
    return new Result(
        effective,
        Optional.of(
            new PlannedAdapters(
                ImmutableMap.copyOf(adapters),
                ImmutableMap.copyOf(shapes),
                base,
                dtype,
                recipe.adapter())));
  }

  /// An adapter as a model of what it adds.
  private Model dense(
      String name, Deltas adapter, ImmutableMap<String, Tensor> kept, LayerStacks stacks) {
    return Model.ofAdapter(
        name,
        adapter.dense(name, ImmutableMap.copyOf(shapes), kept),
        stacks,
        models.get(name).directory());
  }

  /// The layers that the adapters change, for parameters that vary with depth.
  private LayerStacks stacks(Optional<Model> base) {
    return LayerStacks.ofAdapter(
        shapes.entrySet().stream()
            .map(entry -> new TensorSpec(entry.getKey(), DType.F32, entry.getValue()))
            .toList(),
        base.map(Model::stacks));
  }

  /// The type of the first factors that are of one that is written.
  private DType stored() {
    return adapters.values().stream()
        .flatMap(adapter -> adapter.factors().values().stream())
        .map(LowRank::dtype)
        .filter(DType::isWritable)
        .findFirst()
        .orElse(DType.F32);
  }

  private void read(ModelReference reference) {
    Model model = models.get(reference.name());
    String title = "Adapter " + reference + ": ";
    try {
      adapters.put(
          reference.name(),
          Deltas.read(model.checkpoint(), place(model), text -> problems.add(title + text)));
    } catch (IOException e) {
      problems.add(title + e.getMessage());
    }
  }

  /// Where the configuration lies.
  private static Path place(Model adapter) throws IOException {
    Path place =
        adapter.places().stream()
            .findFirst()
            .orElseThrow(() -> new IOException("it lies in no directory"));
    return Files.isDirectory(place)
        ? place
        : Objects.requireNonNullElse(place.toAbsolutePath().getParent(), place);
  }

  /// The base is opened only if it is an adapter, too, or if adapters replace some of its tensors.
  private Optional<Model> openBase(ModelReference base) {
    boolean known =
        adapters.values().stream().anyMatch(a -> a.base().equals(Optional.of(base.name())));
    if (known && !replaces()) {
      return Optional.empty();
    }
    models.add(base, problems);
    Optional<Model> model = models.find(base.name());
    if (model.filter(Model::isAdapter).isPresent()) {
      read(base);
      return Optional.empty();
    }
    return model;
  }

  private boolean replaces() {
    return adapters.values().stream().anyMatch(adapter -> !adapter.saved().isEmpty());
  }

  private ImmutableSet<String> bases() {
    return adapters.values().stream()
        .map(Deltas::base)
        .flatMap(Optional::stream)
        .collect(ImmutableSet.toImmutableSet());
  }

  /// Every weight that any of the adapters adds to; they must agree on what it is.
  private void collectShapes() {
    adapters.forEach((name, adapter) -> {
      adapter.factors().forEach((tensor, factor) -> collect(name, tensor, factor.shape()));
      adapter.biases().forEach((tensor, bias) -> collect(name, tensor, bias.spec().shape()));
    });
    adapters.forEach((name, adapter) -> {
      for (String tensor : adapter.saved().keySet()) {
        if (shapes.containsKey(tensor)) {
          problems.add(
              "Adapter %s replaces a tensor that others add to; merge models base+adapter instead"
                  .formatted(name),
              tensor);
        }
      }
    });
  }

  private void collect(String adapter, String tensor, Shape shape) {
    Shape known = shapes.putIfAbsent(tensor, shape);
    if (known != null && !known.equals(shape)) {
      problems.add(
          "Adapter %s is for a weight of shape %s, another one for %s"
              .formatted(adapter, shape, known),
          tensor);
    }
  }

  /// The base's own tensors where adapters bring others; they count for the adapters that bring
  /// none.
  private ImmutableMap<String, Tensor> kept(Optional<Model> base, Output output) {
    Map<String, Tensor> kept = new LinkedHashMap<>();
    for (Deltas adapter : adapters.values()) {
      for (String tensor : adapter.saved().keySet()) {
        base.flatMap(model -> model.checkpoint().find(tensor).or(() -> model.tied(tensor)))
            .ifPresent(found -> kept.put(tensor, found));
      }
    }
    for (Deltas adapter : adapters.values()) {
      for (String tensor : adapter.saved().keySet()) {
        adapters.forEach((name, other) -> {
          boolean there = other.saved().containsKey(tensor) || kept.containsKey(tensor);
          if (!there && !output.allowMissing()) {
            problems.add(
                "Adapter %s lacks a tensor that others bring in full; name base_model, whose tensor then counts for it, or allow missing tensors"
                    .formatted(name),
                tensor);
          }
        });
      }
    }
    return ImmutableMap.copyOf(kept);
  }

  /// The base as a model of what it adds to itself, nothing, and of what adapters replace.
  private ModelReference standIn(
      String name, Optional<Model> base, ImmutableMap<String, Tensor> kept, LayerStacks stacks) {
    ImmutableList.Builder<Tensor> tensors = ImmutableList.builder();
    shapes.forEach(
        (tensor, shape) -> tensors.add(LowRank.zero(new TensorSpec(tensor, DType.F32, shape))));
    kept.forEach((tensor, found) -> tensors.add(Deltas.named(tensor, found)));
    Model zero =
        Model.ofAdapter(
            name, Checkpoint.of(name, tensors.build()), stacks, base.flatMap(Model::directory));
    models.put(name, zero);
    return ModelReference.to(zero);
  }
}
