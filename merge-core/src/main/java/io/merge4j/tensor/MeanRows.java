// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

/// The mean of the rows of a tensor, taken in float64, in the order of the rows.
final class MeanRows {

  /// Elements that are read at once.
  private static final int MOST = 1 << 14;

  private MeanRows() {}

  /// A mean for each index of the dimensions before the axis, one after the other.
  ///
  /// @param real number of rows that count, from 0
  /// @param size number of all rows
  /// @param inner number of elements of a row
  static float[] of(Tensor tensor, int real, int size, long inner) {
    long outers = tensor.spec().elements() / (inner * size);
    int length = Math.toIntExact(inner);
    float[] means = new float[Math.toIntExact(outers * length)];
    float[] values = new float[(int) Math.min(MOST, inner * real)];
    for (int outer = 0; outer < outers; outer++) {
      double[] sums = new double[length];
      long start = outer * inner * size;
      long end = start + inner * real;
      for (long at = start; at < end; at += values.length) {
        int count = (int) Math.min(values.length, end - at);
        tensor.read(at, count, values, 0);
        add(values, count, (int) ((at - start) % inner), sums);
      }
      for (int i = 0; i < length; i++) {
        means[outer * length + i] = (float) (sums[i] / Math.max(1, real));
      }
    }
    return means;
  }

  /// Adds neighbouring elements, the first of which stands in column `column`, to those of columns.
  private static void add(float[] values, int count, int column, double[] sums) {
    if (sums.length == 1) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += values[i];
      }
      sums[0] += sum;
      return;
    }
    int at = 0;
    int to = column;
    while (at < count) {
      int size = Math.min(count - at, sums.length - to);
      for (int i = 0; i < size; i++) {
        sums[to + i] += values[at + i];
      }
      at += size;
      to = 0;
    }
  }
}
