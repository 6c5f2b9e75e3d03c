// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.merge4j.Recipe.LayerRange;
import io.merge4j.Recipe.Module;
import io.merge4j.Recipe.Slice;
import io.merge4j.Recipe.Source;
import io.merge4j.model.ModelReference;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A recipe on its way through a fluent chain: what was said so far, and which parameter was set
/// last.
///
/// Immutable, so that a prefix of a chain can be kept and continued in several ways. The steps of
/// methods wrap a draft; programs have no need of it.
///
/// @param recipe what was said so far; not complete before the chain is
/// @param last the parameter set last, to which a filter refers
/// @param ofModel whether that was a parameter of the last source rather than of the whole merge
public record Draft(Recipe recipe, String last, boolean ofModel) {

  /// The start of a chain for a method and its first models.
  public static Draft of(MergeMethod method, List<ModelReference> models) {
    ImmutableList<Source> sources =
        models.stream()
            .map(model -> new Source(model, Optional.empty(), Settings.NONE))
            .collect(ImmutableList.toImmutableList());
    Recipe recipe =
        new Recipe(
            new Recipe.Method(method.name(), Optional.of(method)),
            Optional.empty(),
            ImmutableList.of(
                new Module(
                    Optional.empty(),
                    ImmutableList.of(new Slice(sources, Settings.NONE)),
                    Settings.NONE)),
            Settings.NONE,
            Optional.empty(),
            Optional.empty(),
            TokenizerChoice.NONE,
            AdapterRank.UNSET,
            OptionalLong.empty(),
            Optional.empty());
    return new Draft(recipe, "", false);
  }

  /// Names the base model.
  public Draft base(ModelReference model) {
    return new Draft(recipe.withBase(Optional.of(model)), last, ofModel);
  }

  /// Adds a model to the last slice.
  public Draft model(ModelReference model) {
    Slice slice = slice();
    return withSlice(
        new Slice(
            ImmutableList.<Source>builder()
                .addAll(slice.sources())
                .add(new Source(model, Optional.empty(), Settings.NONE))
                .build(),
            slice.parameters()));
  }

  /// Adds a slice with one source.
  public Draft layers(ModelReference model, int from, int to) {
    Source source = new Source(model, Optional.of(new LayerRange(from, to)), Settings.NONE);
    Module module = recipe.modules().getLast();
    ImmutableList<Slice> before =
        slice().sources().isEmpty() ? ImmutableList.of() : module.slices();
    return withModule(
        new Module(
            module.name(),
            ImmutableList.<Slice>builder()
                .addAll(before)
                .add(new Slice(ImmutableList.of(source), Settings.NONE))
                .build(),
            module.parameters()));
  }

  /// Sets a parameter of the whole merge.
  public Draft parameter(String name, Gradient value) {
    return new Draft(
        withParameters(recipe.parameters().with(name, Setting.of(value))), name, false);
  }

  /// Sets a parameter of the model named last.
  public Draft modelParameter(String name, Gradient value) {
    Source source = source();
    Draft changed = withSource(source.parameters().with(name, Setting.of(value)));
    return new Draft(changed.recipe, name, true);
  }

  /// Sets another value of the parameter set last for the weights that `filter` matches.
  public Draft filter(WeightFilter filter, Gradient value) {
    Settings settings = ofModel ? source().parameters() : recipe.parameters();
    Settings refined =
        settings.with(last, settings.find(last).orElseThrow().refined(filter, value));
    return ofModel ? withSource(refined) : new Draft(withParameters(refined), last, false);
  }

  private Slice slice() {
    return recipe.modules().getLast().slices().getLast();
  }

  private Source source() {
    return slice().sources().getLast();
  }

  private Draft withSource(Settings parameters) {
    Source source = source();
    return withSlice(
        new Slice(
            replacingLast(
                slice().sources(), new Source(source.model(), source.layers(), parameters)),
            slice().parameters()));
  }

  private Draft withSlice(Slice slice) {
    Module module = recipe.modules().getLast();
    return withModule(
        new Module(module.name(), replacingLast(module.slices(), slice), module.parameters()));
  }

  private Draft withModule(Module module) {
    return new Draft(
        new Recipe(
            recipe.method(),
            recipe.base(),
            replacingLast(recipe.modules(), module),
            recipe.parameters(),
            recipe.dtype(),
            recipe.outDtype(),
            recipe.tokenizer(),
            recipe.adapter(),
            recipe.seed(),
            recipe.output()),
        last,
        ofModel);
  }

  private Recipe withParameters(Settings parameters) {
    return new Recipe(
        recipe.method(),
        recipe.base(),
        recipe.modules(),
        parameters,
        recipe.dtype(),
        recipe.outDtype(),
        recipe.tokenizer(),
        recipe.adapter(),
        recipe.seed(),
        recipe.output());
  }

  private static <T> ImmutableList<T> replacingLast(ImmutableList<T> list, T last) {
    return ImmutableList.<T>builder()
        .addAll(Iterables.limit(list, list.size() - 1))
        .add(last)
        .build();
  }
}
