// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.fail;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Signature;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A merge method and what is to be known of it to test it.
///
/// A test says what is to be run and how the rule reads on whole arrays, and switches off by the
/// facts below what does not hold for it. Operands stand in the order of [io.merge4j.Operands]: the
/// models, then a base apart from them.
abstract class MethodUnderTest {

  /// How far apart the results of the same models in another order may be.
  enum Order {
    /// The same bits.
    SAME_BITS,
    /// Sums in another order: one unit in the last place.
    ONE_ULP,
    /// The order matters.
    MATTERS
  }

  /// More than one strip of a reduction and more than one stretch of a blend, with an odd end.
  static final int LARGE = 70 * 4096 + 5;

  /// The method under test.
  abstract MergeMethod method();

  /// The merge of `models`.
  ///
  /// @param models a base apart last
  /// @param weights one per model but the base; ignored by methods without weights
  abstract Merge merge(List<Model> models, double[] weights);

  /// The rule on whole arrays in float64, as simply as it can be written; empty for random methods.
  ///
  /// @param x the operands, a base apart last
  abstract Optional<double[]> formula(double[][] x, double[] weights, Shape shape);

  /// Whether the method gets a base apart from the models.
  boolean hasBase() {
    return method().signature().base() == Signature.Base.REQUIRED;
  }

  /// Number of models that the tests merge, without a base apart.
  int models() {
    Signature signature = method().signature();
    return Math.min(signature.maxModels(), Math.max(2, signature.minModels()));
  }

  Order order() {
    return Order.ONE_ULP;
  }

  /// Whether models that are all the same as the base give the very same; within an ulp if not
  /// exact.
  boolean keepsEqualModels() {
    return true;
  }

  /// Whether a NaN may reach other elements of its tensor, through a norm or a sum.
  boolean spreadsNaN() {
    return false;
  }

  /// Whether `x` and `-x` cannot be merged.
  boolean refusesAntiparallel() {
    return false;
  }

  /// Shape of a tensor of `size` elements.
  Shape shape(int size) {
    return Shape.of(size);
  }

  /// How much a result may differ from the formula's, relative to the largest operand nearby.
  double tolerance() {
    return 1e-6;
  }

  /// Different weights that sum to 1.
  static double[] weights(int models) {
    double[] weights = new double[models];
    Arrays.setAll(weights, i -> 2.0 * (i + 1) / (models * (models + 1.0)));
    return weights;
  }

  static double[] equal(int models) {
    double[] weights = new double[models];
    Arrays.fill(weights, 1.0 / models);
    return weights;
  }

  int operands(int models) {
    return models + (hasBase() ? 1 : 0);
  }

  /// Operands that differ from each other; those of a method with a base lie around it.
  float[][] random(int size, int operands) {
    float[][] x = new float[operands][];
    float[] base = Merging.normal(1000, size);
    for (int i = 0; i < operands; i++) {
      x[i] = Merging.normal(i, size);
      if (hasBase()) {
        for (int k = 0; k < size; k++) {
          x[i][k] = i == operands - 1 ? base[k] : base[k] + x[i][k] / 4;
        }
      }
    }
    return x;
  }

  void assertFormula(float[] result, float[][] x, double[] weights, Shape shape) {
    double[][] wide = Arrays.stream(x).map(Merging::doubles).toArray(double[][]::new);
    Optional<double[]> formula = formula(wide, weights, shape);
    for (int i = 0; i < result.length; i++) {
      if (!Float.isFinite(result[i])) {
        fail("element %d: %s, expected a finite number".formatted(i, result[i]));
      }
      if (formula.isPresent()) {
        double expected = formula.get()[i];
        double allowed = tolerance() * (Math.abs(expected) + largest(x, i));
        if (!(Math.abs(result[i] - expected) <= allowed)) {
          fail("element %d: %s, expected %s".formatted(i, result[i], expected));
        }
      }
    }
  }

  private static float largest(float[][] x, int i) {
    float largest = 0;
    for (float[] operand : x) {
      largest = Math.max(largest, Math.abs(operand[i]));
    }
    return largest;
  }

  static float ulp(float[][] x, int i) {
    return Math.ulp(largest(x, i));
  }
}
