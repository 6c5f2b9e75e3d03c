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

/// Riemannian mean of several models on the sphere: the direction of least summed squared angles.
///
///     u = Σ u_i / |Σ u_i|,   u_i = x_i / |x_i|;   then until |T| < tol:
///     T = mean of θ_i / sin θ_i · (u_i - cos θ_i · u),   u = cos |T| · u + sin |T| / |T| · T
///     y = u · mean of |x_i|                              θ_i = angle between u_i and u
///
/// *Source:* Karcher 1977, doi:10.1002/cpa.3160300502; as an iteration in Buss & Fillmore 2001,
/// doi:10.1145/502122.502124. *Same as:* mergekit `karcher`.
///
/// *Parameters:* `max_iter` (10), at least 1; `tol` (1e-5), at least 0.
/// *Operands:* at least 2, equal shape, any floating type; a base is a model like the others.
/// *Output:* that shape.
/// *Cost:* two passes (products, blend): the direction stays in the span of the models, so the iteration
/// runs on their inner products alone; no allocation per element.
/// *Edge cases:* zero tensors have no direction but count in the mean length; if directions cancel out
/// the first one is where the iteration starts, and one opposite to it is left out, as no arc between
/// them is the shortest. NaN or infinity makes the whole tensor NaN.
public record Karcher() implements MergeMethod {

  static final Parameter MAX_ITER =
      Parameter.number("max_iter")
          .orElse(10)
          .between(1, 1_000_000)
          .about("greatest number of iterations");

  static final Parameter TOL =
      Parameter.number("tol")
          .orElse(1e-5)
          .between(0, Double.POSITIVE_INFINITY)
          .about("length of a step, in radians, below which the iteration ends");

  /// Below this sine an angle near π has no direction: a cosine that is off by some roundings has
  /// sines up to 1e-7.
  private static final double LEAST_SINE = 1e-6;

  @Override
  public String name() {
    return "karcher";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2).parameters(MAX_ITER, TOL);
  }

  @Override
  public About about() {
    return About.of("Averages several models on the sphere exactly, keeping their mean length")
        .formula("y = u · mean |x_i|, u the direction of least Σ angle(u, x_i)²")
        .source("Karcher 1977, Riemannian center of mass, doi:10.1002/cpa.3160300502")
        .example(
            """
            models:
              - model: org/a
              - model: org/b
              - model: org/c
            merge_method: karcher
            parameters: {max_iter: 20, tol: 1.0e-6}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double[][] products = x.products();
    double[] norms = new double[x.count()];
    Arrays.setAll(norms, i -> Math.sqrt(products[i][i]));
    double[] u = new Sphere(products, norms).mean((int) x.number(MAX_ITER), x.number(TOL));
    double length = Arrays.stream(norms).average().orElseThrow();
    double[] c = new double[norms.length];
    Arrays.setAll(c, i -> norms[i] == 0 ? 0 : length * u[i] / norms[i]);
    return Blend.weightedSum(c);
  }

  /// The unit sphere in the span of the models: vectors are their coefficients over the `u_i`.
  private static final class Sphere {

    private final double[] norms;
    private final double[][] cosines;
    private final int n;

    Sphere(double[][] products, double[] norms) {
      this.norms = norms;
      this.n = norms.length;
      this.cosines = new double[n][n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          cosines[i][j] =
              norms[i] == 0 || norms[j] == 0 ? 0 : products[i][j] / (norms[i] * norms[j]);
        }
      }
    }

    double[] mean(int maxIter, double tol) {
      double[] u = start(tol);
      for (int iteration = 0; iteration < maxIter; iteration++) {
        double[] step = step(u, tol);
        double length = norm(step);
        if (length < tol || length == 0) {
          break;
        }
        double along = StrictMath.cos(length);
        double aside = StrictMath.sin(length) / length;
        for (int i = 0; i < n; i++) {
          u[i] = along * u[i] + aside * step[i];
        }
        scale(u, 1 / norm(u));
      }
      return u;
    }

    /// The normalised average; the first direction if there is none; nothing if all tensors are
    /// zero.
    private double[] start(double tol) {
      double[] u = new double[n];
      int first = n;
      for (int i = n - 1; i >= 0; i--) {
        if (norms[i] != 0) {
          u[i] = 1;
          first = i;
        }
      }
      if (first == n) {
        return u;
      }
      scale(u, 1 / Arrays.stream(u).sum());
      double norm = norm(u);
      if (norm < tol || norm == 0) {
        Arrays.fill(u, 0);
        u[first] = 1;
      } else {
        scale(u, 1 / norm);
      }
      return u;
    }

    /// The mean of the tangents from `u` to all directions.
    private double[] step(double[] u, double tol) {
      double[] step = new double[n];
      long directions = Arrays.stream(norms).filter(norm -> norm != 0).count();
      for (int i = 0; i < n; i++) {
        if (norms[i] == 0) {
          continue;
        }
        double cosine = Math.clamp(dot(cosines[i], u), -1, 1);
        double theta = StrictMath.acos(cosine);
        double sine = StrictMath.sin(theta);
        if (theta < tol || sine < LEAST_SINE) {
          continue;
        }
        double factor = theta / sine / directions;
        step[i] += factor;
        for (int j = 0; j < n; j++) {
          step[j] -= factor * cosine * u[j];
        }
      }
      return step;
    }

    private double norm(double[] v) {
      double square = 0;
      for (int i = 0; i < n; i++) {
        square += v[i] * dot(cosines[i], v);
      }
      return Math.sqrt(square < 0 ? 0 : square);
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }

    private static void scale(double[] v, double factor) {
      for (int i = 0; i < v.length; i++) {
        v[i] *= factor;
      }
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

    /// Sets the length of a step, in radians, below which the iteration ends.
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

    /// Sets the length of a step, in radians, below which the iteration ends.
    public Options tol(double tol) {
      return new Options(draft.parameter(TOL.name(), Gradient.of(tol)));
    }
  }
}
