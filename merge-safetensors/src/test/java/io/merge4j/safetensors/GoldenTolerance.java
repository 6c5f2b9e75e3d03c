// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;

/// How far a merge may be from mergekit's, which rounds intermediate float32 values.
///
/// F32 agrees within `1e-6 + 2e-6 |expected|`; 16-bit types within one unit in the last place, and
/// 99.9 % of the elements exactly. At the edge of a selection a few elements of a tensor may
/// differ.
///
/// @param edge elements of a tensor that may differ
/// @param share share of a tensor's elements that may differ
record GoldenTolerance(int edge, double share) {

  static GoldenTolerance of(String method) {
    return switch (method) {
      case "ties", "breadcrumbs", "breadcrumbs_ties", "sce", "ram", "ramplus_tl" ->
          new GoldenTolerance(1, 0);
      case "arcee_fusion" -> new GoldenTolerance(3, 0.001);
      default -> new GoldenTolerance(0, 0);
    };
  }

  /// Checks one tensor.
  ///
  /// @return how many of its elements are not equal
  int check(Tensor merged, Tensor expected) {
    TensorSpec spec = expected.spec();
    int count = (int) spec.elements();
    float[] x = values(merged, count);
    float[] y = values(expected, count);
    int far = 0;
    int unequal = 0;
    for (int i = 0; i < count; i++) {
      far += isClose(spec.dtype(), x[i], y[i]) ? 0 : 1;
      unequal += Float.floatToIntBits(x[i]) == Float.floatToIntBits(y[i]) ? 0 : 1;
    }
    assertThat(far)
        .as("elements of %s that differ from mergekit's", spec)
        .isLessThanOrEqualTo((int) Math.max(edge, share * count));
    return unequal;
  }

  private static float[] values(Tensor tensor, int count) {
    float[] values = new float[count];
    tensor.read(0, count, values, 0);
    return values;
  }

  private static boolean isClose(DType dtype, float x, float y) {
    double allowed =
        switch (dtype) {
          case BF16 -> Math.ulp(y) * 65536.0;
          case F16 -> Math.ulp(y) * 8192.0;
          default -> 1e-6 + 2e-6 * Math.abs(y);
        };
    return Math.abs((double) x - y) <= allowed;
  }
}
