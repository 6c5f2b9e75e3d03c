// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Checkpoint;

/// Tensors as vectors of float64, their sums and distances.
final class Vectors {

  private Vectors() {}

  static void accumulate(double[] sum, double[] values, double weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * values[i];
    }
  }

  /// All elements of a tensor.
  static double[] doubles(Checkpoint checkpoint, String name) {
    float[] values = TinyModels.values(checkpoint.find(name).orElseThrow());
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  static double length(double[] values) {
    return distance(values, new double[values.length]);
  }

  static double distance(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum);
  }
}
