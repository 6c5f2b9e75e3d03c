// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Reduction;
import io.merge4j.Values;
import io.merge4j.Weight;
import io.merge4j.kernel.Gram;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A tensor of every model as a method sees it, decoded block by block like the engine does, but on
/// the calling thread alone.
final class MatrixOperands implements Operands {

  private final Values values;
  private final int companions;
  private final ImmutableList<Tensor> tensors;
  private final long elements;
  private final Block block = new Block();

  /// @param tensors those of the models, of a base apart from them, and what is read beside models
  MatrixOperands(MergeMethod method, int models, ImmutableList<Tensor> tensors) {
    this.values = new SetValues(method, models);
    this.companions = method.signature().checkpoints().size() * models;
    this.tensors = tensors;
    this.elements = tensors.getFirst().spec().elements();
  }

  /// How many tensors a method takes for that many models.
  static int tensors(MergeMethod method, int models) {
    int base = new SetValues(method, models).hasBase() ? 1 : 0;
    return models * (1 + method.signature().checkpoints().size()) + base;
  }

  /// Applies what a method prepared to every block, and gives each to `result`.
  void blend(Blend blend, Consumer<Block> result) {
    for (long at = 0; at < elements; at += Block.SIZE) {
      Block filled = filled(at, (int) Math.min(Block.SIZE, elements - at));
      blend.apply(filled);
      result.accept(filled);
    }
  }

  private Block filled(long first, int size) {
    block.shape(count(), hasBase(), companions).at(first, size);
    for (int i = 0; i < tensors.size(); i++) {
      tensors.get(i).read(first, size, block.operands()[i], 0);
    }
    return block;
  }

  @Override
  public Shape shape() {
    return tensors.getFirst().spec().shape();
  }

  @Override
  public double[][] products() {
    int n = tensors.size() - companions;
    double[] sums = new double[Gram.pairs(n)];
    for (long at = 0; at < elements; at += Block.SIZE) {
      Block filled = filled(at, (int) Math.min(Block.SIZE, elements - at));
      Kernels.best().gram(filled.operands(), n, 0, filled.size(), sums);
    }
    return Gram.matrix(n, sums);
  }

  @Override
  public <A> A reduce(Reduction<A> reduction) {
    return gathered(reduction, 0, Block.SIZE, Block.SIZE);
  }

  /// Every fourth block stands for the tensor.
  @Override
  public <A> A sample(Reduction<A> reduction) {
    return gathered(reduction, 0, 4L * Block.SIZE, Block.SIZE);
  }

  @Override
  public <A> List<A> reduceColumns(long columns, Reduction<A> reduction) {
    List<A> panels = new ArrayList<>();
    for (long from = 0; from < columns; from += Block.SIZE) {
      panels.add(gathered(reduction, from, columns, (int) Math.min(Block.SIZE, columns - from)));
    }
    return panels;
  }

  private <A> A gathered(Reduction<A> reduction, long from, long step, int width) {
    A result = reduction.start();
    for (long at = from; at < elements; at += step) {
      reduction.add(result, filled(at, (int) Math.min(width, elements - at)));
    }
    return result;
  }

  @Override
  public void read(int operand, long first, int count, float[] into, int at) {
    tensors.get(operand).read(first, count, into, at);
  }

  @Override
  public long randomKey(int model) {
    return model;
  }

  @Override
  public void note(String remark) {}

  @Override
  public Weight weight() {
    return values.weight();
  }

  @Override
  public SegmentAllocator memory() {
    return Arena.ofAuto();
  }

  @Override
  public int count() {
    return values.count();
  }

  @Override
  public boolean hasBase() {
    return values.hasBase();
  }

  @Override
  public double number(Parameter parameter) {
    return values.number(parameter);
  }

  @Override
  public boolean flag(Parameter parameter) {
    return values.flag(parameter);
  }

  @Override
  public String text(Parameter parameter) {
    return values.text(parameter);
  }

  @Override
  public boolean has(Parameter parameter) {
    return values.has(parameter);
  }

  @Override
  public double number(Parameter parameter, int model) {
    return values.number(parameter, model);
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    return values.has(parameter, model);
  }
}
