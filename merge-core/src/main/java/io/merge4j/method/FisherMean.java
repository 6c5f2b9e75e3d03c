// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// The mean of the models at each element of a chunk, weighted by what is read beside them, in
/// loops that the compiler turns into vectors.
final class FisherMean {

  private static final int CHUNK = 512;

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  private static final ThreadLocal<FisherMean> OF_THREAD = ThreadLocal.withInitial(FisherMean::new);

  private final double[] sums = new double[CHUNK];
  private final double[] divisors = new double[CHUNK];

  private FisherMean() {}

  /// Writes the mean of a block.
  ///
  /// @param factors of what is read beside the models; a model of factor 0 is left out
  /// @param weights of the models where the sum of what is read, times its factors, is 0
  static void apply(Block block, double[] factors, double[] weights, double floor) {
    FisherMean chunk = OF_THREAD.get();
    for (int at = 0; at < block.size(); at += CHUNK) {
      int size = Math.min(CHUNK, block.size() - at);
      chunk.average(block, factors, floor, at, size);
      if (Kernels.best().nonFinite(block.out(), at, size) > 0) {
        chunk.averagePlainly(block, weights, at, size);
      }
    }
  }

  private void average(Block block, double[] factors, double floor, int at, int size) {
    Arrays.fill(sums, 0, size, 0);
    Arrays.fill(divisors, 0, size, 0);
    for (int i = 0; i < factors.length; i++) {
      if (factors[i] != 0) {
        add(block.operand(i), block.companion(i), factors[i], floor, at, size);
      }
    }
    divide(block.out(), at, size);
  }

  private void add(float[] x, float[] fisher, double factor, double floor, int at, int size) {
    for (int j = 0; j < size; j++) {
      double weight = factor * Math.max((double) fisher[at + j], floor);
      sums[j] += weight * x[at + j];
      divisors[j] += weight;
    }
  }

  private void divide(float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (sums[j] / divisors[j]);
    }
  }

  /// Where the divisor is 0, the quotient was not finite: takes the weighted mean there.
  private void averagePlainly(Block block, double[] weights, int at, int size) {
    for (int j = 0; j < size; j++) {
      if (divisors[j] == 0) {
        block.out()[at + j] = (float) mean(block, weights, at + j);
      }
    }
  }

  private static double mean(Block block, double[] weights, int element) {
    double sum = 0;
    double divisor = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] == 0 ? 0 : weights[i] * block.operand(i)[element];
      divisor += weights[i];
    }
    return sum / divisor;
  }
}
