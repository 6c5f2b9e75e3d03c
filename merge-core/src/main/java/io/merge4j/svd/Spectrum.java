// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/// How many of the singular values of a matrix are kept.
final class Spectrum {

  /// Squares of singular values below this share of the largest are noise of float32.
  private static final double NOISE = 1e-14;

  private Spectrum() {}

  /// The rank asked for; one beyond those that are known if they do not keep enough and more are
  /// allowed.
  ///
  /// @param squares squares of the singular values, descending
  /// @param known how many of them may be kept
  /// @param total sum of squares of the matrix
  /// @param rank greatest rank
  /// @param energy share of the sum of squares to keep, in (0, 1]
  static int rank(
      double[] squares, int known, double total, OptionalInt rank, OptionalDouble energy) {
    double largest = squares.length == 0 ? 0 : squares[0];
    double kept = 0;
    for (int k = 0; k < known; k++) {
      boolean enough = energy.isPresent() && kept >= energy.getAsDouble() * total;
      if (enough || squares[k] <= NOISE * largest || (rank.isPresent() && k == rank.getAsInt())) {
        return k;
      }
      kept += squares[k];
    }
    boolean enough = energy.isEmpty() || kept >= energy.getAsDouble() * total;
    boolean most = rank.isPresent() && known >= rank.getAsInt();
    return enough || most ? known : known + 1;
  }
}
