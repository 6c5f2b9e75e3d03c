// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import io.merge4j.tensor.RowMapped;
import java.util.BitSet;

/// The rows of one model's tensor in a merged vocabulary.
///
/// @param model index of the model
/// @param present models that have a tensor of that name
record MappedRows(RowMap map, int model, BitSet present) implements RowMapped.Rows {

  @Override
  public int size() {
    return map.size();
  }

  @Override
  public int real() {
    return map.tokens();
  }

  @Override
  public int source(int row) {
    return map.source(model, row, present);
  }

  @Override
  public int row(int source, int row) {
    return map.row(model, source, row);
  }

  @Override
  public boolean isInMean(int source, int row) {
    return map.has(source, row, present);
  }

  @Override
  public boolean isPrefix() {
    return map.isPrefix(model);
  }
}
