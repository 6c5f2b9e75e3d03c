// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.Shape;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/// One weight of every model, and the method's parameters there: what a [MergeMethod] prepares
/// from.
///
/// Operands are never in memory as a whole. What a method must know of them before it can blend, it
/// gathers by passes over their blocks, which run on all cores and give the same bits on any
/// number.
public interface Operands extends Values {

  /// Shape of every operand and of the result.
  Shape shape();

  /// Inner products of the flattened operands, in float64.
  ///
  /// Entry `[i][j]` is `<x_i, x_j>`; a base apart from the models is the last row and column. One
  /// pass.
  double[][] products();

  /// Folds all blocks with `reduction`, in a fixed order. One pass.
  <A> A reduce(Reduction<A> reduction);

  /// Folds short pieces that are spread over the whole tensor, always the same ones and in their
  /// order: every element of a small tensor, and of others between 2^16 and 2^20.
  ///
  /// For a guess that a later pass confirms, on the calling thread. Pieces may be shorter than a
  /// block, and start anywhere.
  <A> A sample(Reduction<A> reduction);

  /// Reads elements of one operand, wherever they are, to `into[at]` and following.
  ///
  /// For methods that look at a whole row at a time; a pass or a blend that takes elements as they
  /// come needs none of it. May be called from any thread.
  ///
  /// @param operand number of a model, or the number of models for a base apart from them
  void read(int operand, long first, int count, float[] into, int at);

  /// Goes down a matrix of `columns` columns in panels of neighbouring ones, and gives each panel's
  /// result, from left to right. One pass.
  ///
  /// Every [Block] holds one row of one panel; those of a panel come in order, so that the results
  /// do not depend on the number of threads.
  ///
  /// @param columns a divisor of the number of elements
  /// @param reduction what is gathered of a panel; never asked to merge
  <A> List<A> reduceColumns(long columns, Reduction<A> reduction);

  /// Allocates memory off the heap, zero at first, for what is to be known of this weight until it
  /// is written: by the blend, too, and by any thread.
  ///
  /// For large things, which the garbage collector would move about and keep for longer.
  SegmentAllocator memory();

  /// Key of the random numbers of model `model` at this weight: a hash of seed, model and name.
  long randomKey(int model);

  /// Puts a remark about this weight into the report.
  void note(String remark);
}
