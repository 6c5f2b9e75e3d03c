// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.merge4j.model.ModelReference;
import io.merge4j.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What is merged, and how: the immutable form of every merge, however it was written.
///
/// A recipe comes from the fluent API ([Merger]) or from mergekit's YAML ([#read], [#parse]) and
/// prints itself as that YAML. It names models without opening them.
///
/// @param method the merge method
/// @param base the model that plays the base's part in the method
/// @param modules the stacks to build; a single one without a name for most models
/// @param parameters parameters for all modules
/// @param dtype the precision asked for; the output type unless `outDtype` is given
/// @param outDtype type of floating output tensors
/// @param tokenizer which vocabulary and chat template the output gets
/// @param adapter rank of the result, if adapters are merged
/// @param seed seed of random methods, unless the caller gives one
/// @param output where the result goes if the caller names no place
public record Recipe(
    Method method,
    Optional<ModelReference> base,
    ImmutableList<Module> modules,
    Settings parameters,
    Optional<DType> dtype,
    Optional<DType> outDtype,
    TokenizerChoice tokenizer,
    AdapterRank adapter,
    OptionalLong seed,
    Optional<String> output)
    implements Merge {

  /// A merge method: by name, or an instance that a program brought along.
  ///
  /// @param instance the method itself; empty until the name is looked up
  public record Method(String name, Optional<MergeMethod> instance) {}

  /// A stack of layers to build.
  ///
  /// @param name part of the stack's tensor names, e.g. `encoder`; empty for a model's only stack
  /// @param slices consecutive parts of the stack, from the first layer to the last
  public record Module(Optional<String> name, ImmutableList<Slice> slices, Settings parameters) {}

  /// Consecutive output layers made from the same sources.
  public record Slice(ImmutableList<Source> sources, Settings parameters) {}

  /// A model's part in a slice.
  ///
  /// @param layers which of its layers; empty for all, which leaves the stack as it is
  public record Source(ModelReference model, Optional<LayerRange> layers, Settings parameters) {}

  /// Layers `from` to `to` (exclusive), counted from 0.
  public record LayerRange(int from, int to) {

    /// @throws IllegalArgumentException if it is empty or starts below 0
    public LayerRange {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException(
            "Layer range [%d, %d], expected [from, to] with 0 <= from < to".formatted(from, to));
      }
    }

    /// Number of layers.
    public int length() {
      return to - from;
    }

    @Override
    public String toString() {
      return "[" + from + ", " + to + "]";
    }
  }

  /// Reads a recipe in mergekit's YAML.
  ///
  /// Models are looked up from the working directory; a relative path that leads nowhere from there
  /// is tried from the recipe's directory.
  ///
  /// @throws RecipeException if it is no recipe; lists all problems
  /// @throws IOException if the file cannot be read
  public static Recipe read(Path file) throws IOException {
    return RecipeReader.read(file);
  }

  /// Reads a recipe from YAML text.
  ///
  /// @throws RecipeException if it is no recipe; lists all problems
  public static Recipe parse(String yaml) {
    return RecipeReader.parse(yaml, "recipe");
  }

  /// The models that YAML of mergekit's names, also a kind that is no recipe here, such as a
  /// mixture of experts.
  ///
  /// @throws RecipeException if it is no YAML
  public static ImmutableSet<String> modelsIn(String yaml) {
    return NamedModels.in(yaml);
  }

  /// This recipe as mergekit's YAML; reading it gives an equal recipe unless a filter or the method
  /// is a program's own.
  public String toYaml() {
    return RecipePrinter.print(this);
  }

  @Override
  public Recipe recipe() {
    return this;
  }

  /// Every source of every slice.
  public Stream<Source> sources() {
    return modules.stream().flatMap(m -> m.slices().stream()).flatMap(s -> s.sources().stream());
  }

  /// The parameters of every level.
  public Stream<Settings> settings() {
    return Stream.concat(
        Stream.of(parameters),
        modules.stream()
            .flatMap(module ->
                Stream.concat(
                    Stream.of(module.parameters()),
                    module.slices().stream()
                        .flatMap(slice ->
                            Stream.concat(
                                Stream.of(slice.parameters()),
                                slice.sources().stream().map(Source::parameters))))));
  }

  /// The base and the models that are merged, each once.
  public ImmutableList<ModelReference> models() {
    return Stream.concat(base.stream(), sources().map(Source::model))
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /// Whether any source picks layers, so that stacks are put together anew.
  public boolean stacksLayers() {
    return sources().anyMatch(source -> source.layers().isPresent());
  }

  /// This recipe with another base, or none.
  public Recipe withBase(Optional<ModelReference> model) {
    return new Recipe(
        method, model, modules, parameters, dtype, outDtype, tokenizer, adapter, seed, output);
  }

  /// This recipe with another choice of tokenizer.
  public Recipe withTokenizer(TokenizerChoice choice) {
    return new Recipe(
        method, base, modules, parameters, dtype, outDtype, choice, adapter, seed, output);
  }

  /// This recipe with another rank of the adapter that it makes of adapters.
  public Recipe withAdapter(AdapterRank rank) {
    return new Recipe(
        method, base, modules, parameters, dtype, outDtype, tokenizer, rank, seed, output);
  }

  /// This recipe with another output type.
  public Recipe withOutDtype(DType newOutDtype) {
    return new Recipe(
        method,
        base,
        modules,
        parameters,
        dtype,
        Optional.of(newOutDtype),
        tokenizer,
        adapter,
        seed,
        output);
  }
}
