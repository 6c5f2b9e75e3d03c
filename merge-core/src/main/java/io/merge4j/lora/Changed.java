// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// How far tensors changed, and numbers as a type holds them.
final class Changed {

  private static final int BLOCK = 4096;

  private Changed() {}

  /// The Frobenius norm of the difference of two tensors of one shape.
  static double norm(Tensor after, Tensor before) {
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    double sum = 0;
    long elements = after.spec().elements();
    for (long at = 0; at < elements; at += BLOCK) {
      int count = (int) Math.min(BLOCK, elements - at);
      after.read(at, count, x, 0);
      before.read(at, count, y, 0);
      for (int i = 0; i < count; i++) {
        x[i] -= y[i];
      }
      sum += Kernels.best().dot(x, x, 0, count);
    }
    return StrictMath.sqrt(sum);
  }

  /// The numbers as they are read back after they were stored in a type.
  static float[] rounded(float[] values, DType dtype) {
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
