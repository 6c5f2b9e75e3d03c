// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

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
import java.util.OptionalInt;

/// The point of least summed distance to the models: an average that one stray model cannot drag away.
///
///     y = argmin Σ |x_i - y|, flattened
///
/// Found by Weiszfeld's iteration from the mean, `y ← Σ x_i/|x_i - y| / Σ 1/|x_i - y|`, with the step of
/// Vardi and Zhang where it meets a model.
///
/// *Source:* Weiszfeld 1937, Tohoku Math. J. 43; Vardi & Zhang 2000, doi:10.1073/pnas.97.4.1423.
/// *Not in:* mergekit.
///
/// *Parameters:* `max_iter` (100), at least 1; `tol` (1e-7), at least 0: the iteration ends when a step
/// is shorter than this share of the greatest distance between models.
/// *Operands:* at least 2, equal shape, any floating type; a base is a model like the others.
/// *Output:* that shape.
/// *Cost:* two passes (products, blend): the median is an average of the models, so the iteration runs
/// on inner products of their differences alone; no allocation per element.
/// *Edge cases:* of two models the mean, as every point between them is a median; a model that is the
/// median is copied. NaN or infinity makes the whole tensor NaN.
public record GeometricMedian() implements MergeMethod {

  static final Parameter MAX_ITER =
      Parameter.number("max_iter")
          .orElse(100)
          .between(1, 1_000_000)
          .about("greatest number of iterations");

  static final Parameter TOL =
      Parameter.number("tol")
          .orElse(1e-7)
          .between(0, Double.POSITIVE_INFINITY)
          .about("least step, as a share of the greatest distance between models");

  @Override
  public String name() {
    return "geometric_median";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2).parameters(MAX_ITER, TOL);
  }

  @Override
  public About about() {
    return About.of("Takes the point of least summed distance; robust against one stray model")
        .formula("y = argmin Σ |x_i - y|")
        .source("Vardi & Zhang 2000, The multivariate L1-median, doi:10.1073/pnas.97.4.1423")
        .example(
            """
            models:
              - model: org/a
              - model: org/b
              - model: org/c
            merge_method: geometric_median
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    Points points = new Points(TaskVectors.products(x, x.count(), 0));
    OptionalInt model = points.median();
    return model.isPresent()
        ? Blend.copy(model.getAsInt())
        : Blend.weightedSum(points.median((int) x.number(MAX_ITER), x.number(TOL)));
  }

  /// The models as points, known by the inner products of their differences from the first.
  private static final class Points {

    private final double[][] products;
    private final int n;
    private final double diameter;

    Points(double[][] products) {
      this.products = products;
      this.n = products.length;
      double greatest = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
          greatest = Math.max(greatest, distance(i, unit(j)));
        }
      }
      this.diameter = greatest;
    }

    /// The model that is the only median, if one is: the unit vectors from it to the others sum up
    /// to less than the number of models that are there.
    OptionalInt median() {
      for (int k = 0; k < n; k++) {
        Pull pull = new Pull(unit(k));
        if (diameter == 0 || pull.length < pull.here * (1 - 1e-9)) {
          return OptionalInt.of(k);
        }
      }
      return OptionalInt.empty();
    }

    double[] median(int maxIter, double tol) {
      double[] y = new double[n];
      Arrays.fill(y, 1.0 / n);
      for (int iteration = 0; iteration < maxIter; iteration++) {
        double[] next = new Pull(y).next();
        double[] step = new double[n];
        for (int i = 0; i < n; i++) {
          step[i] = next[i] - y[i];
        }
        y = next;
        if (norm(step) <= tol * diameter) {
          break;
        }
      }
      return y;
    }

    /// How the models away from a point pull at it.
    private final class Pull {
      final double[] y;
      final double[] inverse = new double[n];
      final double[] direction = new double[n];
      final double length;
      int here;

      Pull(double[] y) {
        this.y = y;
        double sum = 0;
        for (int i = 0; i < n; i++) {
          double distance = distance(i, y);
          if (distance <= 1e-12 * diameter) {
            here++;
          } else {
            inverse[i] = 1 / distance;
            sum += inverse[i];
          }
        }
        for (int i = 0; i < n; i++) {
          direction[i] = inverse[i] - sum * y[i];
        }
        length = norm(direction);
      }

      double[] next() {
        double stay = here == 0 ? 0 : Math.min(1, here / length);
        double sum = Arrays.stream(inverse).sum();
        double[] next = new double[n];
        for (int i = 0; i < n; i++) {
          next[i] = stay * y[i] + (1 - stay) * inverse[i] / sum;
        }
        return next;
      }
    }

    private double distance(int i, double[] y) {
      double[] difference = y.clone();
      difference[i] -= 1;
      return norm(difference);
    }

    private double norm(double[] v) {
      double square = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          square += v[i] * v[j] * products[i][j];
        }
      }
      return Math.sqrt(square < 0 ? 0 : square);
    }

    private double[] unit(int k) {
      double[] unit = new double[n];
      unit[k] = 1;
      return unit;
    }
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets the greatest number of iterations.
    public Options maxIter(int maxIter) {
      return new Options(draft).maxIter(maxIter);
    }

    /// Sets the least step, as a share of the greatest distance between models.
    public Options tol(double tol) {
      return new Options(draft).tol(tol);
    }
  }

  /// Complete; options may follow.
  public record Options(Draft draft) implements Chain {

    /// Sets the greatest number of iterations.
    public Options maxIter(int maxIter) {
      return new Options(draft.parameter(MAX_ITER.name(), Gradient.of(maxIter)));
    }

    /// Sets the least step, as a share of the greatest distance between models.
    public Options tol(double tol) {
      return new Options(draft.parameter(TOL.name(), Gradient.of(tol)));
    }
  }
}
