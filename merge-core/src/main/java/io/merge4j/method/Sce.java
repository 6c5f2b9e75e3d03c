// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.kernel.Election;
import io.merge4j.kernel.Kernels;
import io.merge4j.model.ModelReference;
import java.util.Arrays;
import java.util.Optional;

/// Selects the elements on which models differ most, weighs models by the size of their changes there, and
/// adds what agrees with an elected sign.
///
///     y = b + Σ c_i m_i d_i / max(Σ c_i m_i, 1e-6)      c_i = mean(d_i²) / Σ mean(d_j²)
///
/// With `select_topk` below 1 only the `⌊select_topk · n⌋` elements of largest variance over the models stay
/// in all `d_i`, where n counts those whose variance is not 0. `m_i` is 1 where `d_i` has the sign of `Σ d_j`
/// (+ if that is 0). If the means sum to less than 1e-6, all `c_i` are equal.
///
/// *Source:* Wan et al. 2024, FuseChat, arXiv:2408.07990. *Same as:* mergekit `sce`.
///
/// *Parameters:* `select_topk` (1) in [0, 1]; may vary with depth and name. `int8_mask`, without effect.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (squares, blend); with `select_topk` below 1 the first selects, too, and where a guess
/// about the tensor fails, or very many elements are near the cut, others follow it. A percent or so of the
/// variances and the task vectors is in memory during selection.
/// *Edge cases:* where no model agrees `y = b`; variances are compared as float32, of equal ones the lowest
/// index stays. NaN makes the weights and with them its tensor NaN.
public record Sce() implements MergeMethod {

  static final Parameter SELECT_TOPK =
      Parameter.number("select_topk")
          .orElse(1)
          .between(0, 1)
          .about("share of the elements that stay, of those on which models differ");

  private static final double LEAST_SUM = 1e-6;

  /// Elements whose variances are taken at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  private static final ThreadLocal<int[]> INSIDE =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  @Override
  public String name() {
    return "sce";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(SELECT_TOPK, SparseTaskVectors.INT8_MASK);
  }

  @Override
  public About about() {
    return About.of(
            "Adds the changes on which models differ most, models with larger changes weighing more")
        .formula("y = b + Σ c_i m_i d_i / Σ c_i m_i, c_i = mean(d_i²) / Σ mean(d_j²)")
        .source("Wan et al. 2024, FuseChat, arXiv:2408.07990")
        .example(
            """
            models:
              - model: org/math
              - model: org/code
            merge_method: sce
            base_model: org/base
            parameters: {select_topk: 0.5}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    Selection.Chosen chosen = chosen(x);
    Cut cut = chosen.cut();
    double[] c = chosen.squares().orElseGet(() -> x.reduce(new Squares(cut, x.count())));
    double sum = Arrays.stream(c).sum();
    // The reference compares means.
    boolean equal = sum / x.shape().elements() < LEAST_SUM;
    double[] weights = new double[c.length];
    Arrays.setAll(weights, i -> equal ? 1.0 / c.length : c[i] / sum);
    double[] ones = new double[c.length];
    Arrays.fill(ones, 1);
    Election election = new Election(ones, weights, weights, false, true, LEAST_SUM, 1);
    return block -> {
      select(block, cut);
      SparseTaskVectors.elect(election, block);
    };
  }

  private static Selection.Chosen chosen(Operands x) {
    double share = x.number(SELECT_TOPK);
    if (share >= 1) {
      return new Selection.Chosen(Cut.ALL, Optional.empty());
    }
    return new Selection(x, (block, which, into) -> variance(block, into)).ofNonZero(share);
  }

  /// Turns the models of a block into what stays of their task vectors.
  private static void select(Block block, Cut cut) {
    boolean all = cut.equals(Cut.ALL);
    int[] inside = INSIDE.get();
    if (!all) {
      variance(block, block.out());
      cut.inside(block.out(), block.first(), block.size(), inside);
    }
    for (int model = 0; model < block.count(); model++) {
      float[] d = block.operand(model);
      TaskVectors.measure(block, model, d);
      if (!all) {
        Mask.keep(inside, 0, d, 0, block.size());
      }
    }
  }

  /// Population variance of the task vectors at each element.
  private static void variance(Block block, float[] into) {
    if (block.count() == 2) {
      variance(block.operand(0), block.operand(1), block.base(), into, block.size());
      return;
    }
    double[] means = new double[CHUNK];
    double[] squares = new double[CHUNK];
    for (int at = 0; at < block.size(); at += CHUNK) {
      int size = Math.min(CHUNK, block.size() - at);
      Arrays.fill(means, 0);
      Arrays.fill(squares, 0);
      for (int i = 0; i < block.count(); i++) {
        addDifferences(block.operand(i), block.base(), at, means, size);
      }
      divide(means, block.count(), size);
      for (int i = 0; i < block.count(); i++) {
        addSquares(block.operand(i), block.base(), at, means, squares, size);
      }
      divide(squares, block.count(), size);
      for (int j = 0; j < size; j++) {
        into[at + j] = (float) squares[j];
      }
    }
  }

  /// Two models, whose sums stay in registers.
  private static void variance(float[] x, float[] y, float[] base, float[] into, int size) {
    for (int j = 0; j < size; j++) {
      double u = x[j] - base[j];
      double v = y[j] - base[j];
      double mean = (u + v) / 2;
      u -= mean;
      v -= mean;
      into[j] = (float) ((u * u + v * v) / 2);
    }
  }

  private static void addDifferences(float[] x, float[] base, int at, double[] sums, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] += x[at + j] - base[at + j];
    }
  }

  private static void addSquares(
      float[] x, float[] base, int at, double[] means, double[] sums, int size) {
    for (int j = 0; j < size; j++) {
      double deviation = (x[at + j] - base[at + j]) - means[j];
      sums[j] += deviation * deviation;
    }
  }

  private static void divide(double[] sums, int n, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] /= n;
    }
  }

  /// Sums the squares of what stays of each task vector.
  private record Squares(Cut cut, int models) implements Sums {

    @Override
    public double[] start() {
      return new double[models];
    }

    @Override
    public void add(double[] sums, Block block) {
      select(block, cut);
      for (int i = 0; i < models; i++) {
        sums[i] += Kernels.best().dot(block.operand(i), block.operand(i), 0, block.size());
      }
    }
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets the share of the elements that stay, from 0 to 1: a number, or numbers from the first
    /// layer to the last.
    public WithNumber selectTopk(double... anchors) {
      return WithNumber.of(draft, SELECT_TOPK, anchors);
    }
  }
}
