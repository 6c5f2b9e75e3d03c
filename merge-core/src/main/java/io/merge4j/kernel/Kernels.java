// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;

/// The inner loops whose speed decides that of a merge, once as plain Java and once for the Vector API.
///
/// Both give the same bits for every input, at every vector width: the choice is one of speed alone.
public sealed interface Kernels permits ScalarKernels {

  /// Decodes `count` elements at byte `offset` of `from` to float32, into `into[at]` and following.
  void decode(DType dtype, MemorySegment from, long offset, float[] into, int at, int count);

  /// The kernels in use in this JVM.
  static Kernels best() {
    return ScalarKernels.INSTANCE;
  }
}
