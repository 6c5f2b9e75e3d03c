// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Signature;

/// Takes from a model the elements whose change matters most by a measure that looks at whole rows.
///
///     y = x where importance >= median + 1.5 (Q3 - Q1), b elsewhere
///     importance = |x - b| · KL(p||q)      p, q = softmax of the row of x and of b, + 1e-8
///
/// A row is the last dimension. A quantile is the element at `⌊q (N-1)⌋` in ascending order.
///
/// *Source:* Arcee Fusion, github.com/arcee-ai/mergekit. *Same as:* mergekit `arcee_fusion`. *Differs from:*
/// mergekit above a million elements, whose quantiles there are of a sample, here exact.
///
/// *Parameters:* none.
/// *Operands:* exactly 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* three passes (divergences, selection, blend); two exponentials and a logarithm per element in the
/// first, which also reads rows once more; 8 bytes of memory per row. Rows above 16,384 elements take twice
/// the exponentials.
/// *Edge cases:* rows of one element have no divergence, so that `y = x`. NaN and infinity make their row's
/// importance NaN, which ranks above infinity; such a row is the base's.
public record ArceeFusion() implements MergeMethod {

  @Override
  public String name() {
    return "arcee_fusion";
  }

  @Override
  public Signature signature() {
    return Signature.of(1).base(Signature.Base.REQUIRED);
  }

  @Override
  public About about() {
    return About.of("Takes from a model the changes that matter most")
        .formula("y = x where |x - b| KL(p||q) >= median + 1.5 (Q3 - Q1), b elsewhere")
        .source("Arcee AI, mergekit")
        .example(
            """
            models:
              - model: org/a
            merge_method: arcee_fusion
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    long length = x.shape().rowLength();
    double[] divergences = RowDivergence.of(x);
    long last = x.shape().elements() - 1;
    if (last < 0) {
      return Blend.copy(0);
    }
    float[] quantiles =
        new Selection(x, (block, which, into) -> importance(block, divergences, length, into))
            .quantiles(
                (long) Math.floor(0.25 * last),
                (long) Math.floor(0.5 * last),
                (long) Math.floor(0.75 * last));
    double threshold = quantiles[1] + 1.5 * ((double) quantiles[2] - quantiles[0]);
    return block -> {
      importance(block, divergences, length, block.out());
      choose(block, threshold);
    };
  }

  private static void importance(Block block, double[] divergences, long length, float[] into) {
    float[] x = block.operand(0);
    float[] b = block.base();
    int at = 0;
    while (at < block.size()) {
      long row = (block.first() + at) / length;
      int end = (int) Math.min(block.size(), (row + 1) * length - block.first());
      double divergence = divergences[(int) row];
      for (int j = at; j < end; j++) {
        into[j] = (float) (Math.abs(x[j] - b[j]) * divergence);
      }
      at = end;
    }
  }

  /// Replaces importances by elements of the model or the base.
  private static void choose(Block block, double threshold) {
    float[] x = block.operand(0);
    float[] b = block.base();
    float[] out = block.out();
    for (int j = 0; j < block.size(); j++) {
      out[j] = out[j] >= threshold ? x[j] : b[j];
    }
  }

  /// Complete.
  public record Model(Draft draft) implements Chain {}
}
