// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.Tensor;

/// One of the two matrices of a low-rank update, of `lines` x `rank` elements: a line for each row,
/// or each column, of what it updates.
///
/// @param stored its elements, by lines, or else by ranks
/// @param byLines whether it is stored lines x rank, else rank x lines
public record Factor(Tensor stored, long lines, int rank, boolean byLines) {

  /// Reads one line.
  void line(long line, float[] into) {
    if (byLines) {
      stored.read(line * rank, rank, into, 0);
    } else {
      for (int k = 0; k < rank; k++) {
        stored.read(k * lines + line, 1, into, k);
      }
    }
  }

  /// Reads `count` lines from line `first` on, an array for each rank.
  float[][] panel(long first, int count) {
    float[][] panel = new float[rank][count];
    if (byLines) {
      float[] line = new float[rank];
      for (int j = 0; j < count; j++) {
        line(first + j, line);
        for (int k = 0; k < rank; k++) {
          panel[k][j] = line[k];
        }
      }
    } else {
      for (int k = 0; k < rank; k++) {
        stored.read(k * lines + first, count, panel[k], 0);
      }
    }
    return panel;
  }
}
