// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.collect.ImmutableList;
import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Lets parameters compete, within a model by size and between models by agreement, and averages task
/// vectors by how they did.
///
///     y = b + λ Σ β_i d_i / max(Σ β_i, 1e-12)
///     s_i = exp(n |d_i|²) tanh(d_i Σ d_j)      |d_i| normalised to [0, 1] over the tensor, n models
///     β_i = s_i above the threshold, rescaled from [threshold, greatest] to [0, 1], else 0
///
/// The threshold is the score at `⌊(1 - ratio) N⌋` in ascending order, at most the greatest.
///
/// *Source:* Du et al. 2024, PCB-Merging, arXiv:2410.02396. *Not in:* mergekit. *Differs from:* the
/// paper, which ranks and normalises over the whole model, here over each tensor; and from its code,
/// which first clips the greatest and least ten thousandth of the task vectors.
///
/// *Parameters:* `ratio` (0.1) in [0, 1], the share of the elements whose scores count; `lambda` (1), any
/// number. Both may vary with depth and name.
/// *Operands:* 1 to 64 and a base, equal shape, any floating type; with more models scores would leave
/// float32. *Output:* that shape.
/// *Cost:* three passes (sizes, selection, blend), in all but the first an exponential and a hyperbolic
/// tangent for each element of each model; up to two more where a threshold is not positive. A percent or
/// two of the scores is in memory during selection.
/// *Edge cases:* scores that are all equal count as 1 if positive, else as 0; where no model has a score
/// `y = b`. NaN reaches its whole tensor, an infinity changes its scores.
public record Pcb() implements MergeMethod {

  static final Parameter RATIO =
      Parameter.number("ratio")
          .orElse(0.1)
          .between(0, 1)
          .about("share of the elements whose scores count");

  private static final int MOST_MODELS = 64;

  /// Of a thread: new arrays for each block would pass through the cache.
  private static final ThreadLocal<double[][]> SUMS =
      ThreadLocal.withInitial(() -> new double[2][Block.SIZE]);

  private static final double LEAST_SUM = 1e-12;

  @Override
  public String name() {
    return "pcb";
  }

  @Override
  public Signature signature() {
    return new Signature(
        1, MOST_MODELS, Signature.Base.REQUIRED, ImmutableList.of(RATIO, TaskVectors.LAMBDA));
  }

  @Override
  public About about() {
    return About.of("Averages changes by their size and by how far models agree on them")
        .formula("y = b + λ Σ β_i d_i / Σ β_i, β_i from the top of exp(n |d_i|²) tanh(d_i Σ d_j)")
        .source("Du et al. 2024, PCB-Merging, arXiv:2410.02396")
        .example(
            """
            models:
              - model: org/math
              - model: org/code
            merge_method: pcb
            base_model: org/base
            parameters: {ratio: 0.1}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    if (x.shape().elements() == 0) {
      return Blend.copy(0);
    }
    Scores scores = Scores.of(x);
    Spread[] top = scores.top(x, x.number(RATIO));
    double lambda = x.number(TaskVectors.LAMBDA);
    return block -> balance(block, scores, top, lambda);
  }

  private static void balance(Block block, Scores scores, Spread[] top, double lambda) {
    float[] out = block.out();
    double[] sums = SUMS.get()[0];
    double[] balances = SUMS.get()[1];
    Arrays.fill(sums, 0, block.size(), 0);
    Arrays.fill(balances, 0, block.size(), 0);
    for (int i = 0; i < block.count(); i++) {
      scores.measure(block, i, out);
      if (top[i].least == top[i].greatest) {
        top[i].mark(out, block.size());
        add(block.operand(i), block.base(), out, 0, 1, sums, balances, block.size());
      } else {
        double least = top[i].least;
        double range = top[i].greatest - least;
        add(block.operand(i), block.base(), out, least, range, sums, balances, block.size());
      }
    }
    addQuotient(block.base(), lambda, sums, balances, out, block.size());
  }

  private static void add(
      float[] x,
      float[] b,
      float[] scores,
      double least,
      double range,
      double[] sums,
      double[] balances,
      int size) {
    for (int j = 0; j < size; j++) {
      double balance = Math.max(scores[j] - least, 0) / range;
      sums[j] += balance * (x[j] - b[j]);
      balances[j] += balance;
    }
  }

  private static void addQuotient(
      float[] b, double lambda, double[] sums, double[] balances, float[] out, int size) {
    for (int j = 0; j < size; j++) {
      out[j] = (float) (b[j] + lambda * sums[j] / Math.max(balances[j], LEAST_SUM));
    }
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets the share of the elements whose scores count, from 0 to 1: a number, or numbers from
    /// the first layer to the last.
    public Tuned ratio(double... anchors) {
      return new Tuned(draft).ratio(anchors);
    }

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public Tuned lambda(double... anchors) {
      return new Tuned(draft).lambda(anchors);
    }
  }

  /// Complete; the number set last may be refined, and the other set.
  public record Tuned(Draft draft) implements Chain, Refinable<Tuned> {

    /// Sets the share of the elements whose scores count, from 0 to 1: a number, or numbers from
    /// the first layer to the last.
    public Tuned ratio(double... anchors) {
      return new Tuned(draft.parameter(RATIO.name(), Gradient.of(anchors)));
    }

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public Tuned lambda(double... anchors) {
      return new Tuned(draft.parameter(TaskVectors.LAMBDA.name(), Gradient.of(anchors)));
    }

    @Override
    public Tuned filter(WeightFilter filter, Gradient value) {
      return new Tuned(draft.filter(filter, value));
    }
  }
}
