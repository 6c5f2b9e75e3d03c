// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Bytes;
import io.merge4j.CardMetadata;
import io.merge4j.License;
import io.merge4j.Licenses;
import io.merge4j.MergeMethod;
import io.merge4j.MergePlan;
import io.merge4j.Methods;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.Version;
import io.merge4j.model.LayerStacks;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.model.ModelReference;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import io.merge4j.vocabulary.ChatTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Makes a plan of a recipe: opens its models, pairs their tensors, looks up the parameters,
/// decides on types, shapes and files, and gathers every problem on the way.
public final class Planner {

  private final Recipe asked;
  private final Output output;
  private final MergeMethod method;
  private final OpenModels models = new OpenModels();
  private final Problems problems = new Problems();

  /// Parameters out of range, which are no reason to look no further.
  private final Problems values = new Problems();

  private final List<String> remarks = new ArrayList<>();

  private Planner(Recipe asked, Output output) {
    this.asked = asked;
    this.output = output;
    this.method = asked.method().instance().orElseGet(() -> Methods.find(asked.method().name()));
  }

  /// Plans a merge.
  ///
  /// @throws RecipeException if the recipe cannot be carried out; lists all problems
  public static Plan plan(Recipe recipe, Output output) {
    if (recipe.sources().findAny().isEmpty()) {
      throw new RecipeException("The recipe names no models, expected models or slices");
    }
    return new Planner(recipe, output).plan();
  }

  private Plan plan() {
    new ParameterLookup(asked, method.signature()).check(problems, values);
    try {
      return plan(AdapterPlanner.open(asked, output, method, models, problems));
    } catch (RuntimeException | Error e) {
      models.close();
      throw e;
    }
  }

  private Plan plan(AdapterPlanner.Result opened) {
    Recipe recipe = opened.recipe();
    checkNames();
    new ModelCount(recipe, method).check(problems);
    Companions companions = Companions.of(method.signature(), models, problems);
    companions.open(recipe);
    throwIfAny();
    remarkDownloads();
    Licenses licenses = licenses();
    licenses.warning().ifPresent(remarks::add);
    Assembly.Result assembly = Assembly.of(recipe, method.signature().base(), models, problems);
    Optional<PlannedVocabulary> vocabulary =
        VocabularyPlanner.plan(recipe, models, problems, remarks);
    Optional<ChatTemplate> template =
        new TemplatePlanner(recipe, models, problems, remarks)
            .plan(vocabulary, assembly.reference());
    throwIfAny();
    problems.addAll(values);
    ImmutableList<PlannedWeight> weights =
        new WeightPlanner(recipe, method, output, vocabulary, companions, problems, remarks)
            .plan(assembly.tensors());
    checkQuantized(recipe, weights);
    problems.throwIfAny();
    if (weights.isEmpty()) {
      throw new RecipeException("The models hold no tensors; nothing to merge");
    }
    ModelConfig config = config(recipe, assembly, weights, vocabulary);
    remarkDepth(assembly.reference(), weights);
    MemoryBudget memory = MemoryBudget.of(weights, method, models, vocabulary, opened.adapters());
    int threads = memory.threads(output, problems, remarks);
    problems.throwIfAny();
    CheckpointFormat format = CheckpointFormat.writing();
    MergePlan plan =
        mergePlan(weights, opened.adapters(), format, config, licenses, memory.bytes(threads));
    return new Plan(
        plan,
        models,
        assembly.reference(),
        vocabulary,
        template,
        opened.adapters(),
        format,
        threads);
  }

  /// A plan of weights in the order in which work goes on.
  private MergePlan mergePlan(
      ImmutableList<PlannedWeight> weights,
      Optional<PlannedAdapters> adapters,
      CheckpointFormat format,
      ModelConfig config,
      Licenses licenses,
      long memory) {
    CheckpointLayout layout =
        adapters.map(each -> each.layout(weights)).orElseGet(() -> layout(format, weights));
    return new MergePlan(
        asked,
        method,
        adapters.isPresent() ? weights : inOrderOf(layout, weights),
        layout,
        config,
        licenses,
        ImmutableList.copyOf(remarks),
        memory);
  }

  private void throwIfAny() {
    if (!problems.isEmpty()) {
      problems.addAll(values);
      problems.throwIfAny();
    }
  }

  /// A model under two names would count twice, or be no base.
  private void checkNames() {
    Map<List<Path>, ModelReference> named = new HashMap<>();
    for (ModelReference reference : asked.models()) {
      List<Path> places = models.find(reference.name()).map(Planner::places).orElse(List.of());
      ModelReference other = places.isEmpty() ? null : named.putIfAbsent(places, reference);
      if (other != null) {
        problems.add(
            "Models %s and %s are one, expected one name; name it alike everywhere"
                .formatted(other, reference));
      }
    }
  }

  private static List<Path> places(Model model) {
    List<Path> places = new ArrayList<>();
    for (Path place : model.places()) {
      try {
        places.add(place.toRealPath());
      } catch (IOException e) {
        places.add(place);
      }
    }
    return places;
  }

  private CheckpointLayout layout(CheckpointFormat format, ImmutableList<PlannedWeight> weights) {
    ImmutableList<TensorSpec> tensors =
        weights.stream().map(PlannedWeight::output).collect(ImmutableList.toImmutableList());
    return format.layout(
        tensors, shardSize(tensors), ImmutableMap.of("format", "pt", "merge4j", Version.TEXT));
  }

  private long shardSize(ImmutableList<TensorSpec> tensors) {
    if (output.shardParameters().isEmpty()) {
      return output.shardSize();
    }
    double bytes = tensors.stream().mapToLong(TensorSpec::bytes).sum();
    long parameters = tensors.stream().mapToLong(TensorSpec::elements).sum();
    double each = bytes / Math.max(1, parameters);
    return Math.max(1, Math.round(output.shardParameters().getAsLong() * each));
  }

  private void remarkDownloads() {
    models
        .all()
        .filter(model -> model.checkpoint().bytesToFetch() > 0)
        .map(model ->
            "Model %s is remote: %s to download"
                .formatted(model, Bytes.print(model.checkpoint().bytesToFetch())))
        .forEach(remarks::add);
  }

  /// Where missing tensors are allowed, other models may have more layers than the one whose
  /// configuration the output gets.
  private void remarkDepth(Model reference, ImmutableList<PlannedWeight> weights) {
    if (!output.allowMissing() || reference.config().isEmpty() || asked.stacksLayers()) {
      return;
    }
    List<TensorSpec> specs = weights.stream().map(PlannedWeight::output).toList();
    for (Stack stack : LayerStacks.of(specs).stacks()) {
      reference
          .stacks()
          .find(stack.prefix())
          .filter(own -> own.length() < stack.length())
          .ifPresent(own ->
              remarks.add(
                  "The output has %d layers %s*, the configuration of %s is for %d, and the others are not loaded by it; name the model with most layers as base, or first"
                      .formatted(stack.length(), stack.prefix(), reference, own.length())));
    }
  }

  private Licenses licenses() {
    ImmutableMap.Builder<String, Optional<License>> byModel = ImmutableMap.builder();
    for (ModelReference reference : asked.models()) {
      byModel.put(
          reference.name(),
          models
              .find(reference.name())
              .flatMap(Model::directory)
              .flatMap(directory -> CardMetadata.read(directory.resolve("README.md")).license()));
    }
    return new Licenses(byModel.buildOrThrow());
  }

  /// Quantised checkpoints hold packed integers and scales; arithmetic on them would be noise, and
  /// so would they be as another type.
  private void checkQuantized(Recipe recipe, ImmutableList<PlannedWeight> weights) {
    if (weights.stream().allMatch(Planner::isAsItWas)) {
      return;
    }
    for (ModelReference reference : recipe.models()) {
      if (models.get(reference.name()).config().isQuantized()) {
        problems.add(
            "Model %s is quantised (quantization_config in its config.json), expected plain weights; merge the original weights, or stack layers with passthrough and no dtype"
                .formatted(reference));
      }
    }
  }

  private static boolean isAsItWas(PlannedWeight weight) {
    return weight.copied()
        && weight.output().dtype().equals(weight.models().getFirst().tensor().dtype());
  }

  private ModelConfig config(
      Recipe recipe,
      Assembly.Result assembly,
      ImmutableList<PlannedWeight> weights,
      Optional<PlannedVocabulary> vocabulary) {
    Model reference = assembly.reference();
    ModelConfig[] config = {reference.config()};
    assembly
        .origins()
        .forEach((stack, layers) -> {
          try {
            config[0] = config[0].withLayers(stack, layers);
          } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
          }
        });
    if (config[0].listsKinds() && !reference.config().listsKinds()) {
      remarks.add(
          "Layers keep their kind of attention, which does not follow from their new numbers: config.json gets layer_types, which transformers heeds since 4.53");
    }
    Optional<DType> dtype = output.dtype().or(recipe::outDtype).or(recipe::dtype);
    if (config[0].isEmpty()) {
      return config[0];
    }
    if (dtype.isPresent()) {
      config[0] = config[0].withDType(dtype.get());
    }
    return new VocabularyConfig(reference, weights, vocabulary, remarks).apply(config[0]);
  }

  /// Work goes on in the order of the files, so that disks read and write forwards.
  private static ImmutableList<PlannedWeight> inOrderOf(
      CheckpointLayout layout, ImmutableList<PlannedWeight> weights) {
    Map<String, PlannedWeight> byName = new HashMap<>();
    weights.forEach(weight -> byName.put(weight.output().name(), weight));
    return layout.tensors().stream()
        .map(TensorSpec::name)
        .map(byName::get)
        .map(Objects::requireNonNull)
        .collect(ImmutableList.toImmutableList());
  }
}
