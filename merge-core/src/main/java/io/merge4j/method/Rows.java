// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Reduction;
import io.merge4j.kernel.Gram;
import io.merge4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Sums whose coefficients follow from the inner products of each row, the last dimension, on its own.
///
/// A row that lies in one block is measured when that block is blended. The others are measured in a
/// pass before, which keeps one number for each: there is one at most for every 4096 elements, so that
/// rows of any length and tensors of any size take little memory.
///
///     blocks   |--------|--------|--------|--------|
///     rows     |---|---|---|---|---|---|---|-------------|      ^ kept: those that cross a bar
///                        ^         ^         ^
///
/// Products are summed block by block in order, so the bits depend on the tensor's size alone.
final class Rows {

  private final CoefficientRule rule;
  private final long length;
  private final int models;
  private final boolean hasBase;

  private Rows(Operands x, CoefficientRule rule) {
    this.rule = rule;
    this.length = x.shape().rowLength();
    this.models = x.count();
    this.hasBase = x.hasBase();
  }

  /// Measures the rows that cross blocks, and gives the blend.
  static Blend blend(Operands x, CoefficientRule rule) {
    Rows rows = new Rows(x, rule);
    List<Row> crossing = x.reduce(rows.new Measuring());
    ImmutableLongArray.Builder indices = ImmutableLongArray.builder(crossing.size());
    ImmutableDoubleArray.Builder numbers = ImmutableDoubleArray.builder(crossing.size());
    for (Row row : crossing) {
      indices.add(row.index);
      numbers.add(row.number);
    }
    return rows.new Blending(indices.build().toArray(), numbers.build().toArray());
  }

  /// A row that crosses blocks.
  private static final class Row {
    final long index;
    boolean begun;
    boolean ended;
    double[] sums;
    double number;

    Row(long index, int sums) {
      this.index = index;
      this.sums = new double[sums];
    }

    /// Keeps only the number if nothing of the row is missing any more.
    void finish(CoefficientRule rule) {
      if (begun && ended) {
        number = rule.number(sums);
        sums = new double[0];
      }
    }
  }

  /// Measures the rows that cross blocks, in ascending order.
  private final class Measuring implements Reduction<List<Row>> {

    @Override
    public List<Row> start() {
      return new ArrayList<>();
    }

    @Override
    public void add(List<Row> rows, Block block) {
      CoefficientRule.toDifferences(block, hasBase);
      long end = block.first() + block.size();
      long firstRow = block.first() / length;
      long lastRow = (end - 1) / length;
      add(rows, block, firstRow);
      if (lastRow != firstRow) {
        add(rows, block, lastRow);
      }
    }

    private void add(List<Row> rows, Block block, long index) {
      long end = block.first() + block.size();
      long from = Math.max(block.first(), index * length);
      long to = Math.min(end, (index + 1) * length);
      boolean begins = from == index * length;
      boolean ends = to == (index + 1) * length;
      if (begins && ends) {
        return;
      }
      Row row =
          rows.isEmpty() || rows.getLast().index != index
              ? new Row(index, Gram.pairs(models))
              : rows.getLast();
      if (rows.isEmpty() || rows.getLast() != row) {
        rows.add(row);
      }
      Kernels.best()
          .gram(
              block.operands(), models, (int) (from - block.first()), (int) (to - from), row.sums);
      row.begun |= begins;
      row.ended |= ends;
      row.finish(rule);
    }

    @Override
    public List<Row> merge(List<Row> left, List<Row> right) {
      int joined = 0;
      if (!left.isEmpty() && !right.isEmpty() && left.getLast().index == right.getFirst().index) {
        Row row = left.getLast();
        Row rest = right.getFirst();
        for (int k = 0; k < row.sums.length; k++) {
          row.sums[k] += rest.sums[k];
        }
        row.ended |= rest.ended;
        row.finish(rule);
        joined = 1;
      }
      left.addAll(right.subList(joined, right.size()));
      return left;
    }
  }

  /// Writes the sums row by row.
  private final class Blending implements Blend {

    private final long[] crossing;
    private final double[] numbers;

    Blending(long[] crossing, double[] numbers) {
      this.crossing = crossing;
      this.numbers = numbers;
    }

    @Override
    public void apply(Block block) {
      CoefficientRule.toDifferences(block, hasBase);
      double[] sums = new double[Gram.pairs(models)];
      double[] c = new double[models + (hasBase ? 1 : 0)];
      int at = 0;
      while (at < block.size()) {
        long index = (block.first() + at) / length;
        int count = (int) Math.min((index + 1) * length - block.first(), block.size()) - at;
        rule.coefficients(number(block, index, at, count, sums), c);
        if (hasBase) {
          c[models] = 1;
        }
        Kernels.best().weightedSum(c, block.operands(), c.length, block.out(), at, count);
        at += count;
      }
    }

    private double number(Block block, long index, int at, int count, double[] sums) {
      if (count == length) {
        Arrays.fill(sums, 0);
        Kernels.best().gram(block.operands(), models, at, count, sums);
        return rule.number(sums);
      }
      return numbers[Arrays.binarySearch(crossing, index)];
    }
  }
}
