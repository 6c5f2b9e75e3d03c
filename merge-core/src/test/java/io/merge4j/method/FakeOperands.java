// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Reduction;
import io.merge4j.Weight;
import io.merge4j.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/// Operands in arrays, for tests of what methods share; without parameters.
///
/// @param x the operands, the base last
/// @param piece elements of a piece of the sample, of which there is one in `piece * every`
@SuppressWarnings("ArrayRecordComponent")
record FakeOperands(float[][] x, int piece, int every) implements Operands {

  @Override
  public Shape shape() {
    return Shape.of(x[0].length);
  }

  @Override
  public <A> A reduce(Reduction<A> reduction) {
    A all = reduction.start();
    for (int strip = 0; strip < x[0].length; strip += 3 * Block.SIZE) {
      A partial = reduction.start();
      int end = Math.min(x[0].length, strip + 3 * Block.SIZE);
      for (int at = strip; at < end; at += Block.SIZE) {
        reduction.add(partial, block(at, Math.min(Block.SIZE, end - at)));
      }
      all = strip == 0 ? partial : reduction.merge(all, partial);
    }
    return all;
  }

  @Override
  public <A> A sample(Reduction<A> reduction) {
    A partial = reduction.start();
    for (int at = 0; at + piece <= x[0].length; at += piece * every) {
      reduction.add(partial, block(at, piece));
    }
    return partial;
  }

  Block block(int at, int size) {
    Block block = new Block().shape(count(), true).at(at, size);
    for (int i = 0; i < x.length; i++) {
      System.arraycopy(x[i], at, block.operands()[i], 0, size);
    }
    return block;
  }

  @Override
  public <A> List<A> reduceColumns(long columns, Reduction<A> reduction) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void read(int operand, long first, int count, float[] into, int at) {
    System.arraycopy(x[operand], (int) first, into, at, count);
  }

  @Override
  public SegmentAllocator memory() {
    return Arena.ofAuto();
  }

  @Override
  public int count() {
    return x.length - 1;
  }

  @Override
  public boolean hasBase() {
    return true;
  }

  @Override
  public double[][] products() {
    throw new UnsupportedOperationException();
  }

  @Override
  public long randomKey(int model) {
    return model;
  }

  @Override
  public void note(String remark) {}

  @Override
  public Weight weight() {
    throw new UnsupportedOperationException();
  }

  @Override
  public double number(Parameter parameter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean flag(Parameter parameter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String text(Parameter parameter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean has(Parameter parameter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public double number(Parameter parameter, int model) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    throw new UnsupportedOperationException();
  }
}
