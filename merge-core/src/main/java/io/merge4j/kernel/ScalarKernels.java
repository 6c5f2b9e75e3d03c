// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Placeholder.
enum ScalarKernels implements Kernels {
  INSTANCE;

  @Override
  public void decode(DType dtype, MemorySegment from, long offset, float[] into, int at, int count) {
    throw new UnsupportedOperationException();
  }
}
