// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.Tensor;

/// How far tensors changed.
public final class Changed {

  private static final int BLOCK = 4096;

  private Changed() {}

  /// The Frobenius norm of the difference of two tensors of one shape.
  ///
  /// @throws java.util.concurrent.CancellationException if this thread is interrupted
  public static double norm(Tensor after, Tensor before) {
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    double sum = 0;
    long elements = after.spec().elements();
    for (long at = 0; at < elements; at += BLOCK) {
      Cancellation.check();
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
}
