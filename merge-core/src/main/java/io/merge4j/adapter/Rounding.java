// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Numbers as a type holds them.
public final class Rounding {

  private Rounding() {}

  /// The numbers as they are read back after they were stored in a type.
  public static float[] rounded(float[] values, DType dtype) {
    float[] rounded = new float[values.length];
    Kernels.best().decode(dtype, bytes(values, dtype), 0, rounded, 0, values.length);
    return rounded;
  }

  static MemorySegment bytes(float[] values, DType dtype) {
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(dtype.bytes(values.length))]);
    Kernels.best().encode(dtype, values, 0, values.length, bytes, 0);
    return bytes;
  }
}
