// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import java.lang.foreign.Arena;

/// Squares of task vectors over the elements of a stretch whose measure is above a range, summed,
/// and the task vectors of those in it, set aside until it is known which of them count.
final class SquaresAside {

  private static final ThreadLocal<int[]> ABOVE =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  /// By model.
  private final double[] sums;

  /// By block, model and place.
  private final WordList aside;

  private boolean complete = true;

  SquaresAside(int models, Arena arena) {
    sums = new double[models];
    aside = new WordList(arena);
  }

  /// Turns the models of a block into their task vectors above the range, and adds them. Not to be
  /// called once something was dropped.
  ///
  /// @param above what is above the range, of the measure in [Block#out]
  /// @param places indices of the `count` elements in the range
  void add(Block block, Cut above, int[] places, int count) {
    int[] inside = ABOVE.get();
    above.inside(block.out(), block.first(), block.size(), inside);
    for (int i = 0; i < sums.length; i++) {
      float[] d = block.operand(i);
      TaskVectors.measure(block, i, d);
      aside.add(d, places, count, -1);
      Mask.keep(inside, 0, d, 0, block.size());
      sums[i] += Kernels.best().dot(d, d, 0, block.size());
    }
  }

  /// Sets nothing aside any more.
  void drop() {
    complete = false;
  }

  /// Whether nothing was dropped.
  boolean isComplete() {
    return complete;
  }

  /// Adds the sums above the range.
  void addAbove(double[] into) {
    for (int i = 0; i < sums.length; i++) {
      into[i] += sums[i];
    }
  }

  /// Adds the squares of elements that were set aside of a block.
  ///
  /// @param before how many elements were set aside of the blocks before
  /// @param chosen 1 for each element of the block that is meant, else 0; `count` of them
  /// @param room for a word of each element
  void addChosen(int before, int count, int[] chosen, int[] room, double[] into) {
    for (int i = 0; i < sums.length; i++) {
      aside.copy(sums.length * before + i * count, count, room);
      for (int k = 0; k < count; k++) {
        double d = Float.intBitsToFloat(room[k] & -chosen[k]);
        into[i] += d * d;
      }
    }
  }
}
