// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.ImmutableDoubleArray;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Reduction;

/// How much the softmax of a model's rows diverges from that of the base's: `KL(p||q)`, each +
/// 1e-8.
///
/// @param length of a row
record RowDivergence(Operands x, long length) implements Reduction<ImmutableDoubleArray.Builder> {

  /// Divergences by row, the last dimension; one pass.
  static double[] of(Operands x) {
    long length = x.shape().rowLength();
    if (length == 0) {
      return new double[0];
    }
    return x.reduce(new RowDivergence(x, length)).build().toArray();
  }

  @Override
  public ImmutableDoubleArray.Builder start() {
    return ImmutableDoubleArray.builder();
  }

  /// Adds the divergences of the rows that begin in a block, wherever they end.
  @Override
  public void add(ImmutableDoubleArray.Builder divergences, Block block) {
    SoftmaxRow row = SoftmaxRow.OF_THREAD.get();
    long firstRow = (block.first() + length - 1) / length;
    for (long start = firstRow * length; start < block.first() + block.size(); start += length) {
      divergences.add(row.divergence(x, length, start));
    }
  }

  @Override
  public ImmutableDoubleArray.Builder merge(
      ImmutableDoubleArray.Builder left, ImmutableDoubleArray.Builder right) {
    return left.addAll(right.build());
  }
}
