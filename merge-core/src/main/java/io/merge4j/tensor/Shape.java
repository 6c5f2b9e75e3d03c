// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.primitives.ImmutableLongArray;
import org.jspecify.annotations.Nullable;

/// Dimensions of a tensor, outermost first; elements are stored row-major.
///
/// Rank 0 is a scalar of one element; a dimension may be 0.
public record Shape(ImmutableLongArray dimensions) {

  /// @throws IllegalArgumentException if a dimension is negative
  /// @throws ArithmeticException if the product of the dimensions, left to right, exceeds 63 bits
  public Shape {
    long product = 1;
    for (int i = 0; i < dimensions.length(); i++) {
      long dimension = dimensions.get(i);
      if (dimension < 0) {
        throw new IllegalArgumentException("Negative dimension in shape " + dimensions);
      }
      product = Math.multiplyExact(product, dimension);
    }
  }

  public static Shape of(long... dimensions) {
    return new Shape(ImmutableLongArray.copyOf(dimensions));
  }

  public int rank() {
    return dimensions.length();
  }

  /// Size of dimension `axis`, counted from 0.
  public long size(int axis) {
    return dimensions.get(axis);
  }

  /// Number of elements: the product of the dimensions, 1 for a scalar.
  public long elements() {
    long product = 1;
    for (int i = 0; i < dimensions.length(); i++) {
      product *= dimensions.get(i);
    }
    return product;
  }

  /// Length of one row, the last dimension; a scalar's is 1.
  public long rowLength() {
    return rank() == 0 ? 1 : size(rank() - 1);
  }

  /// This shape with another size of dimension `axis`.
  public Shape with(int axis, long size) {
    long[] changed = dimensions.toArray();
    changed[axis] = size;
    return of(changed);
  }

  /// What a record has by itself, but for the 5 ms that this takes when a program starts.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Shape shape && dimensions.equals(shape.dimensions);
  }

  @Override
  public int hashCode() {
    return dimensions.hashCode();
  }

  /// As PyTorch prints it: `[32000, 4096]`.
  @Override
  public String toString() {
    return dimensions.toString();
  }
}
