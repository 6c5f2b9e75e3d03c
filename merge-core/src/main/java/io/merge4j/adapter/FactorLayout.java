// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;

/// How a matrix is stored in its model, which decides on the names and the order of its factors.
public enum FactorLayout {
  /// As linear layers store it, out x in.
  OUT_BY_IN(Part.A, Part.B, 1),
  /// Turned, in x out.
  IN_BY_OUT(Part.A, Part.B, 0),
  /// A row per token.
  EMBEDDING(Part.EMBEDDING_A, Part.EMBEDDING_B, 0);

  private final Part a;
  private final Part b;

  /// The dimension of the matrix that is that of inputs.
  private final int in;

  FactorLayout(Part a, Part b, int in) {
    this.a = a;
    this.b = b;
    this.in = in;
  }

  /// Whether the matrix has a row per output.
  boolean isOutByIn() {
    return in == 1;
  }

  /// The factors of a matrix as they are stored: rank x in, and out x rank.
  ///
  /// @param matrix as the base names it
  public ImmutableList<TensorSpec> factors(TensorSpec matrix, long rank, DType dtype) {
    Shape shape = matrix.shape();
    return ImmutableList.of(
        new TensorSpec(a.nameFor(matrix.name()), dtype, Shape.of(rank, shape.size(in))),
        new TensorSpec(b.nameFor(matrix.name()), dtype, Shape.of(shape.size(1 - in), rank)));
  }
}
