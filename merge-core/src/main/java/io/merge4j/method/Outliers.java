// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.Operands;
import io.merge4j.Parameter;

/// What the breadcrumbs methods share: task vectors without their largest and smallest elements.
public final class Outliers {

  static final Parameter GAMMA =
      Parameter.number("gamma")
          .ofEachModel()
          .orElse(0.01)
          .between(0, 1)
          .about("share of the model's task vector that is removed as too large");

  private Outliers() {}

  /// Removes the `⌊gamma N⌋` largest elements, then the smallest so that `⌊density N⌋` remain.
  static Mask mask(Operands x) {
    long elements = x.shape().elements();
    long[] kept = SparseTaskVectors.kept(x);
    long[][] counts = new long[x.count()][];
    for (int model = 0; model < counts.length; model++) {
      long top = (long) Math.floor(x.number(GAMMA, model) * elements);
      top = Math.min(top, elements - kept[model]);
      counts[model] = new long[] {top, top + kept[model]};
    }
    Cut[][] cuts = new Selection(x, TaskVectors::measure).cuts(counts);
    return (model, d, first, size) -> {
      // In this order each cut sees all elements that are inside it.
      cuts[model][1].keep(d, first, size);
      cuts[model][0].drop(d, first, size);
    };
  }

  /// Complete; the parameter set last may be refined, and more models may follow.
  public record WithWeight(Draft draft) implements SparseStep<WithWeight> {

    @Override
    public WithWeight with(Draft newDraft) {
      return new WithWeight(newDraft);
    }

    /// Sets the share of the model's task vector that is removed as too large, 0.01 unless set: a
    /// number, or numbers from the first layer to the last.
    public WithWeight gamma(double... anchors) {
      return new WithWeight(draft.modelParameter(GAMMA.name(), Gradient.of(anchors)));
    }
  }
}
