// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Recipe;
import io.merge4j.Recipe.LayerRange;
import io.merge4j.Signature.Base;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import io.merge4j.plan.ParameterLookup.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A model's part in one slice: its layers, its place among the models, and where its parameters
/// stand.
///
/// @param range its layers; empty for all
/// @param base whether it is the base apart from the models
/// @param position its position among the models that the slice lists, from 0; -1 for a base that
///   is apart or not listed
/// @param levels levels of parameters for per-model parameters, nearest first
record Participant(
    Model model,
    Optional<LayerRange> range,
    boolean base,
    int position,
    ImmutableList<Level> levels) {

  /// The participants of a slice: its sources in order, and the base, which is added if it is not
  /// among them. A base that is no model apart goes first if the method treats it as its first
  /// operand.
  static ImmutableList<Participant> of(
      Recipe.Slice slice, ImmutableList<Level> outer, Recipe recipe, Base role, OpenModels models) {
    List<Participant> participants = new ArrayList<>();
    Optional<ModelReference> base = recipe.base();
    boolean listed = slice.sources().stream().anyMatch(s -> base.equals(Optional.of(s.model())));
    if (base.isPresent() && !listed) {
      Optional<LayerRange> range = slice.sources().getFirst().layers();
      Model model = models.get(base.get().name());
      participants.add(new Participant(model, range, role.isApart(), -1, outer));
    }
    int position = 0;
    for (Recipe.Source source : slice.sources()) {
      boolean apart = role.isApart() && base.equals(Optional.of(source.model()));
      ImmutableList<Level> levels =
          new Level("model " + source.model(), source.parameters()).before(outer);
      Model model = models.get(source.model().name());
      participants.add(
          new Participant(model, source.layers(), apart, apart ? -1 : position++, levels));
    }
    if (role == Base.FIRST && base.isPresent()) {
      String first = base.get().name();
      participants.sort(
          (a, b) -> Boolean.compare(b.model.name().equals(first), a.model.name().equals(first)));
    }
    return ImmutableList.copyOf(participants);
  }
}
