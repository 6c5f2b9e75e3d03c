// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.kernel.Election;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// What the methods have in common that add sparsified task vectors to a base.
///
///     y = b + λ Σ w_i s(d_i) m_i / D
///
/// `s` sets elements of a task vector to zero (a [Mask]) and, with `rescale`, scales the rest so that
/// its L1 norm is that of `d_i` again. `m_i` is 1 where the model takes part (a [Consensus]). `D` is the
/// sum of the weights of those that do, with `normalize`; else 1.
final class SparseTaskVectors {

  static final Parameter DENSITY =
      Parameter.number("density")
          .ofEachModel()
          .orElse(1)
          .between(0, 1)
          .about("share of the model's task vector that stays");

  static final Parameter INT8_MASK =
      Parameter.flag("int8_mask", false).about("accepted, without effect on the result");

  /// L1 norms below this are not divided by, as in the reference.
  private static final double LEAST_NORM = 1e-7;

  /// Sums of weights below this count as 1 where they are divided by, as in the reference.
  private static final double LEAST_SUM = 1e-8;

  private SparseTaskVectors() {}

  static Parameter normalize(boolean fallback) {
    return Parameter.flag("normalize", fallback)
        .about("divide by the sum of the weights of the models that take part");
  }

  static Parameter rescale(boolean fallback) {
    return Parameter.flag("rescale", fallback)
        .about("scale what stays of a task vector to the L1 norm of the whole");
  }

  /// How many elements of each task vector `density` keeps.
  static long[] kept(Operands x) {
    long elements = x.shape().elements();
    return Arrays.stream(x.numbers(DENSITY))
        .mapToLong(density -> (long) Math.floor(density * elements))
        .toArray();
  }

  /// Keeps each element of task vector i with probability `density`.
  static Mask random(Operands x) {
    double[] densities = x.numbers(DENSITY);
    long[] keys = new long[x.count()];
    Arrays.setAll(keys, x::randomKey);
    return (model, d, first, size) -> {
      if (densities[model] < 1) {
        CounterRandom.keep(densities[model], keys[model], first, d, size);
      }
    };
  }

  /// The merge once it is known what stays.
  static Blend blend(
      Operands x, Mask mask, Consensus consensus, Parameter normalize, Parameter rescale) {
    double[] scales = new double[x.count()];
    Arrays.fill(scales, 1);
    if (x.flag(rescale) && Arrays.stream(x.numbers(DENSITY)).anyMatch(density -> density < 1)) {
      scales = scales(x.reduce(new Norms(mask, x.count())));
    }
    return blend(x, mask, scales, consensus, x.flag(normalize));
  }

  /// The merge of task vectors that are scaled after the mask, apart from the weights.
  static Blend blend(
      Operands x, Mask mask, double[] scales, Consensus consensus, boolean normalize) {
    double[] weights = x.numbers(Weighted.WEIGHT);
    double lambda = x.number(TaskVectors.LAMBDA);
    if (consensus == Consensus.NONE) {
      double sum = normalize ? Arrays.stream(weights).sum() : 1;
      double factor = lambda / (Math.abs(sum) < LEAST_SUM ? 1 : sum);
      double[] c = new double[weights.length + 1];
      for (int i = 0; i < weights.length; i++) {
        c[i] = factor * weights[i] * scales[i];
      }
      c[weights.length] = 1;
      return block -> {
        sparsify(block, mask, c);
        Kernels.best().weightedSum(c, block.operands(), c.length, block.out(), 0, block.size());
      };
    }
    Election election = consensus.election(weights, scales, normalize, lambda);
    return block -> {
      sparsify(block, mask, election.votes());
      elect(election, block);
    };
  }

  /// Writes the result of a block whose models were turned into their task vectors.
  static void elect(Election election, Block block) {
    Kernels.best().elect(election, block.operands(), block.base(), block.out(), 0, block.size());
  }

  /// Turns the models of a block whose factor is not 0 into what stays of their task vectors.
  private static void sparsify(Block block, Mask mask, double[] factors) {
    for (int model = 0; model < block.count(); model++) {
      if (factors[model] != 0) {
        TaskVectors.measure(block, model, block.operand(model));
        mask.apply(model, block.operand(model), block.first(), block.size());
      }
    }
  }

  private static double[] scales(double[] norms) {
    double[] scales = new double[norms.length / 2];
    for (int model = 0; model < scales.length; model++) {
      double whole = norms[2 * model];
      double sparse = norms[2 * model + 1];
      scales[model] = whole < LEAST_NORM || sparse < LEAST_NORM ? 1 : whole / sparse;
    }
    return scales;
  }

  /// L1 norms of every task vector, whole and of what stays.
  private record Norms(Mask mask, int models) implements Sums {

    @Override
    public double[] start() {
      return new double[2 * models];
    }

    @Override
    public void add(double[] norms, Block block) {
      for (int model = 0; model < models; model++) {
        float[] d = block.operand(model);
        TaskVectors.measure(block, model, d);
        norms[2 * model] += Kernels.best().sumAbs(d, 0, block.size());
        mask.apply(model, d, block.first(), block.size());
        norms[2 * model + 1] += Kernels.best().sumAbs(d, 0, block.size());
      }
    }
  }
}
