// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.Shape;

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

  /// Key of the random numbers of model `model` at this weight: a hash of seed, model and name.
  long randomKey(int model);

  /// Puts a remark about this weight into the report.
  void note(String remark);
}
