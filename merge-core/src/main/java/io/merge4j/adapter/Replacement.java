// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A tensor that an adapter brings in full, in the place and the type of the base's.
record Replacement(TensorSpec spec, Tensor stored) implements Tensor {

  @Override
  public void read(long first, int count, float[] into, int at) {
    stored.read(first, count, into, at);
  }

  @Override
  public void copy(long firstByte, MemorySegment into) {
    stored.copy(firstByte, into);
  }

  @Override
  public Optional<MemorySegment> bytes() {
    return stored.bytes();
  }

  /// A replacement for the tensor `weight`.
  ///
  /// @param rows whether it may have other rows, as the embedding of a grown vocabulary
  /// @throws IllegalArgumentException if it has another shape
  static Tensor check(TensorSpec weight, Tensor replacement, boolean rows) {
    Shape found = replacement.spec().shape();
    Shape wanted = weight.shape();
    boolean fits =
        found.equals(wanted)
            || (rows
                && found.rank() == wanted.rank()
                && found.rank() > 0
                && found.with(0, wanted.size(0)).equals(wanted));
    if (!fits) {
      throw new IllegalArgumentException("%s, expected %s".formatted(found, wanted));
    }
    return of(new TensorSpec(weight.name(), weight.dtype(), found), replacement);
  }

  /// The replacement with the name and the type of the base's tensor.
  private static Tensor of(TensorSpec spec, Tensor replacement) {
    if (replacement.spec().dtype() == spec.dtype()) {
      return new Replacement(spec, replacement);
    }
    if (!replacement.spec().dtype().isFloat()) {
      throw new IllegalArgumentException(
          "type %s, expected %s".formatted(replacement.spec().dtype(), spec.dtype()));
    }
    return new ComputedTensor(spec, replacement::read, replacement.workingBytes());
  }
}
