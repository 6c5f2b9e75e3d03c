// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Reduction;

/// Finds how far numbers spread that are computed from the elements of each model.
record SpreadPass(int models, Quantity quantity) implements Reduction<Spread[]> {

  /// What is looked at.
  @FunctionalInterface
  interface Quantity {

    /// Computes it for the elements of a model in a block.
    ///
    /// @param into as long as the block at least
    void measure(Block block, int model, float[] into);
  }

  @Override
  public Spread[] start() {
    Spread[] spreads = new Spread[models];
    for (int i = 0; i < models; i++) {
      spreads[i] = new Spread();
    }
    return spreads;
  }

  @Override
  public void add(Spread[] spreads, Block block) {
    for (int i = 0; i < models; i++) {
      quantity.measure(block, i, block.out());
      spreads[i].add(block.out(), block.size());
    }
  }

  @Override
  public Spread[] merge(Spread[] left, Spread[] right) {
    for (int i = 0; i < models; i++) {
      left[i].add(right[i]);
    }
    return left;
  }
}
