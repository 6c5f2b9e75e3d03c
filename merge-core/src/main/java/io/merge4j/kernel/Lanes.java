// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import java.util.Arrays;

/// The partial sums of a reduction, and their order: element `i` of a range is added to lane `i mod
/// 512`, and the lanes are folded in halves. So many, since loops over few would consist of their
/// beginnings and ends.
final class Lanes {

  static final int COUNT = 512;

  /// As many as one kernel needs at a time. New arrays for each block would cost a third of the
  /// sum.
  private static final ThreadLocal<double[][]> OF_THREAD =
      ThreadLocal.withInitial(() -> new double[3][COUNT]);

  private Lanes() {}

  /// The lanes of a reduction of `count` elements, all 0; the thread's until it asks again.
  ///
  /// @param which 0 to 2, for reductions side by side
  static double[] zeros(int which, int count) {
    double[] lanes = OF_THREAD.get()[which];
    Arrays.fill(lanes, 0, used(count), 0);
    return lanes;
  }

  /// Adds lane j + 256 to lane j, then lane j + 128, and so on, from the first half that is not 0.
  static double fold(double[] lanes, int count) {
    int used = used(count);
    if (used == COUNT) {
      fold(lanes);
      used = COUNT / 8;
    }
    for (int half = used / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }

  /// The three longest loops, which the compiler turns into vectors if their lengths are constants.
  private static void fold(double[] lanes) {
    for (int j = 0; j < COUNT / 2; j++) {
      lanes[j] += lanes[j + COUNT / 2];
    }
    for (int j = 0; j < COUNT / 4; j++) {
      lanes[j] += lanes[j + COUNT / 4];
    }
    for (int j = 0; j < COUNT / 8; j++) {
      lanes[j] += lanes[j + COUNT / 8];
    }
  }

  /// How many lanes the fold of `count` elements looks at: the next power of two, or all.
  private static int used(int count) {
    return count >= COUNT ? COUNT : Integer.highestOneBit(Math.max(1, 2 * count - 1));
  }
}
