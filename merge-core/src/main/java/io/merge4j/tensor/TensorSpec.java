// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

/// What a checkpoint says of a tensor without its data: name, element type and shape.
public record TensorSpec(String name, DType dtype, Shape shape) {

  /// Number of elements.
  public long elements() {
    return shape.elements();
  }

  /// Size of the data in bytes.
  public long bytes() {
    return dtype.bytes(shape.elements());
  }

  /// This specification under another name.
  public TensorSpec named(String newName) {
    return new TensorSpec(newName, dtype, shape);
  }

  /// This specification with another element type.
  public TensorSpec as(DType newDtype) {
    return new TensorSpec(name, newDtype, shape);
  }

  /// `model.norm.weight BF16 [4096]`
  @Override
  public String toString() {
    return name + " " + dtype + " " + shape;
  }
}
