// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeException;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Values;
import java.util.Arrays;

/// What the della methods share: elements that stay at random, by their rank within a row.
public final class RankedRandom {

  static final Parameter EPSILON =
      Parameter.number("epsilon")
          .ofEachModel()
          .orElse(0.15)
          .between(0, 1)
          .about("how far the probability to stay goes from the density, down and up, by rank");

  /// Elements of the longest row that is ranked, in memory.
  private static final long LONGEST = 1 << 28;

  private RankedRandom() {}

  /// Refuses probabilities that are none.
  static void check(Values values) {
    for (int model = 0; model < values.count(); model++) {
      double density = values.number(SparseTaskVectors.DENSITY, model);
      double epsilon = values.number(EPSILON, model);
      if (density > 0 && density < 1 && !(density - epsilon > 0 && density + epsilon < 1)) {
        throw new IllegalArgumentException(
            "density - epsilon and density + epsilon are %s and %s, expected both between 0 and 1; lower epsilon"
                .formatted(density - epsilon, density + epsilon));
      }
    }
  }

  /// Keeps each element with the probability of its rank.
  static Mask mask(Operands x) {
    Mask[] masks = new Mask[x.count()];
    for (int model = 0; model < masks.length; model++) {
      double density = x.number(SparseTaskVectors.DENSITY, model);
      masks[model] =
          density >= 1 || x.shape().elements() == 0
              ? Mask.ALL
              : density <= 0
                  ? (any, d, first, size) -> Arrays.fill(d, 0, size, 0f)
                  : ranked(x, model, density);
    }
    return (model, d, first, size) -> masks[model].apply(model, d, first, size);
  }

  private static Mask ranked(Operands x, int model, double density) {
    int row = row(x);
    ChosenRows chosen = new ChosenRows(x.shape().elements() / row, row, x.count(), x.memory());
    return new Ranked(
        x, density, x.number(EPSILON, model), x.randomKey(model), row, chosen, new Object());
  }

  private static int row(Operands x) {
    long row = x.shape().rowLength();
    if (row > LONGEST) {
      throw new MergeException(
          "Cannot rank a row of %d elements of weight %s, expected at most %d"
              .formatted(row, x.weight().name(), LONGEST));
    }
    return (int) row;
  }

  /// Ranks the rows that a block touches; a thread keeps the row that it ranked last.
  ///
  /// @param owner of such rows, for threads keep it longer than the operands may stay
  private record Ranked(
      Operands x,
      double density,
      double epsilon,
      long key,
      int row,
      ChosenRows chosen,
      Object owner)
      implements Mask {

    @Override
    public void apply(int model, float[] d, long first, int size) {
      RankedRow ranked = RankedRow.ofThread(model, row, owner);
      for (int at = 0; at < size; ) {
        long start = (first + at) / row * row;
        int end = (int) Math.min(size, start + row - first);
        if (!ranked.holds(start) && !recall(ranked, start)) {
          if (end - at == row) {
            ranked.take(d, at, start);
          } else {
            ranked.read(x, model, start);
          }
          ranked.choose(density, epsilon, key);
          chosen.put(start, ranked.kept());
        }
        Mask.keep(ranked.kept(), (int) (first + at - start), d, at, end - at);
        at = end;
      }
    }

    private boolean recall(RankedRow ranked, long start) {
      boolean known = chosen.get(start, ranked.kept());
      if (known) {
        ranked.recall(start);
      }
      return known;
    }
  }

  /// Complete; the parameter set last may be refined, and more models may follow.
  public record WithWeight(Draft draft) implements SparseStep<WithWeight> {

    @Override
    public WithWeight with(Draft newDraft) {
      return new WithWeight(newDraft);
    }

    /// Sets how far the probability to stay goes from the density, 0.15 unless set: a number, or
    /// numbers from the first layer to the last.
    public WithWeight epsilon(double... anchors) {
      return new WithWeight(draft.modelParameter(EPSILON.name(), Gradient.of(anchors)));
    }
  }
}
