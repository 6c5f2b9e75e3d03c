// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static io.merge4j.kernel.Gram.pair;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Averages fine-tuned models, drawn towards their base the more the less they agree.
///
///     c = mean over pairs of cos(d_i, d_j),   d_i = x_i - b
///     t = N c / (1 + (N-1) c);   y = t · mean(x_i) + (1-t) · b
///
/// *Source:* Jang et al. 2024, arXiv:2403.19522. *Same as:* mergekit `model_stock`.
///
/// *Parameters:* `filter_wise` (false), one c per row, the last dimension, instead of one per tensor.
/// *Operands:* at least 2 and a base, equal shape, any floating type; best fine-tunes of one base on the
/// same task. *Output:* that shape.
/// *Cost:* two passes (products of differences, blend); per row, 16 bytes for each row that crosses a
/// block.
/// *Edge cases:* products of norms count as at least 1e-6, so that tiny task vectors give the base;
/// c = -1/(N-1), where t has no value, gives the base (mergekit: NaN). NaN or infinity makes the whole
/// tensor or row NaN.
public record ModelStock() implements MergeMethod {

  static final Parameter FILTER_WISE =
      Parameter.flag("filter_wise", false).about("one ratio per row instead of one per tensor");

  @Override
  public String name() {
    return "model_stock";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2).base(Signature.Base.REQUIRED).parameters(FILTER_WISE);
  }

  @Override
  public About about() {
    return About.of("Averages fine-tunes of one base, nearer to it the less they agree")
        .formula("y = t · mean(x_i) + (1-t) · b, t = N c/(1 + (N-1) c), c the mean cosine")
        .source("Jang et al. 2024, Model Stock, arXiv:2403.19522")
        .example(
            """
            models:
              - model: org/seed1
              - model: org/seed2
            merge_method: model_stock
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    Ratio ratio = new Ratio(x.count());
    return x.flag(FILTER_WISE) && x.shape().rank() > 1
        ? Rows.blend(x, ratio)
        : CoefficientRule.blend(x, ratio);
  }

  /// The number is t.
  private record Ratio(int n) implements CoefficientRule {

    private static final double LEAST_NORMS = 1e-6;

    /// A denominator this small is rounding.
    private static final double LEAST_DENOMINATOR = 1e-12;

    @Override
    public double number(double[] products) {
      double cosines = 0;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          double norms = Math.sqrt(products[pair(n, i, i)]) * Math.sqrt(products[pair(n, j, j)]);
          double cosine = products[pair(n, i, j)] / (norms < LEAST_NORMS ? LEAST_NORMS : norms);
          cosines += Math.clamp(cosine, -1, 1);
        }
      }
      double mean = cosines / (n * (n - 1) / 2.0);
      double denominator = 1 + (n - 1) * mean;
      return Math.abs(denominator) < LEAST_DENOMINATOR ? 0 : n * mean / denominator;
    }

    @Override
    public void coefficients(double t, double[] c) {
      Arrays.fill(c, 0, n, t / n);
    }
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets whether every row, the last dimension, has a ratio of its own.
    public FilterWise filterWise(boolean filterWise) {
      return new FilterWise(draft.parameter(FILTER_WISE.name(), Gradient.of(filterWise)));
    }
  }

  /// Complete.
  public record FilterWise(Draft draft) implements Chain {}
}
