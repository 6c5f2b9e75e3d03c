// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.Arrays;

/// What an adapter adds to one weight: `scale · tall · thin`.
///
/// Rows are outputs, or tokens in an embedding, whichever way the base stores the weight: an
/// adapter does not tell.
///
/// @param tall a line for each row
/// @param thin a line for each column
/// @param dtype of the stored factors
public record LowRank(Factor tall, Factor thin, double scale, FactorLayout layout, DType dtype) {

  /// The two matrices of a linear layer, or of an embedding.
  ///
  /// @throws IllegalArgumentException if they do not fit each other or the rank
  static LowRank of(Tensor a, Tensor b, int rank, double scale, boolean embedding) {
    Shape first = a.spec().shape();
    Shape second = b.spec().shape();
    if (first.rank() != 2 || second.rank() != 2) {
      throw new IllegalArgumentException(
          "factors of %s and %s, expected matrices; merge models base+adapter instead"
              .formatted(first, second));
    }
    if (rank < 1 || first.size(0) != rank || second.size(1) != rank) {
      throw new IllegalArgumentException(
          "factors of %s and %s, expected rank %d as adapter_config.json says"
              .formatted(first, second, rank));
    }
    if (!a.spec().dtype().isFloat() || !b.spec().dtype().isFloat()) {
      throw new IllegalArgumentException("the factors are no floating numbers");
    }
    Factor inputs = new Factor(a, first.size(1), rank, false);
    Factor outputs = new Factor(b, second.size(0), rank, true);
    return embedding
        ? new LowRank(inputs, outputs, scale, FactorLayout.EMBEDDING, a.spec().dtype())
        : new LowRank(outputs, inputs, scale, FactorLayout.OUT_BY_IN, a.spec().dtype());
  }

  /// Number of columns of the tall factor.
  public int rank() {
    return tall.rank();
  }

  /// Shape of the change.
  public Shape shape() {
    return Shape.of(tall.lines(), thin.lines());
  }

  /// The columns of the tall factor, times a number.
  public double[][] columns(double factor) {
    return lines(tall, factor);
  }

  /// The rows of the thin factor.
  public double[][] rows() {
    return lines(thin, 1);
  }

  private static double[][] lines(Factor factor, double times) {
    float[][] panel = factor.panel(0, Math.toIntExact(factor.lines()));
    double[][] lines = new double[panel.length][];
    for (int k = 0; k < panel.length; k++) {
      lines[k] = new double[panel[k].length];
      for (int i = 0; i < lines[k].length; i++) {
        lines[k][i] = times * panel[k][i];
      }
    }
    return lines;
  }

  /// The product, computed where it is read.
  Tensor dense(String name) {
    TensorSpec spec = new TensorSpec(name, DType.F32, shape());
    return new LowRankUpdate(zero(spec), tall, thin, scale).tensor();
  }

  /// Nothing added.
  public static Tensor zero(TensorSpec spec) {
    return new ComputedTensor(
        spec, (first, count, into, at) -> Arrays.fill(into, at, at + count, 0f), 0);
  }
}
