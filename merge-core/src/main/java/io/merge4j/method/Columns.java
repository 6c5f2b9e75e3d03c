// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Reduction;
import io.merge4j.kernel.Gram;

/// Sums whose coefficients follow from the inner products of each column, along the first
/// dimension, on its own.
///
/// The engine goes down the tensor in panels of a few hundred columns; of each column the
/// coefficients are kept, 8 bytes a model. Products are summed from the first row to the last.
final class Columns {

  private final CoefficientRule rule;
  private final long rows;
  private final int columns;
  private final int models;
  private final boolean hasBase;

  private Columns(Operands x, CoefficientRule rule, long columns) {
    this.rule = rule;
    this.columns = Math.toIntExact(columns);
    this.rows = x.shape().elements() / columns;
    this.models = x.count();
    this.hasBase = x.hasBase();
  }

  /// Measures all columns, and gives the blend.
  static Blend blend(Operands x, CoefficientRule rule) {
    long elements = x.shape().elements();
    long columns = x.shape().rank() == 0 || elements == 0 ? 1 : elements / x.shape().size(0);
    if (columns == 1 || elements == 0) {
      return CoefficientRule.blend(x, rule);
    }
    Columns all = new Columns(x, rule, columns);
    double[][] c = new double[all.models][all.columns];
    int at = 0;
    for (Panel panel : x.reduceColumns(columns, all.new Measuring())) {
      for (int model = 0; model < all.models; model++) {
        System.arraycopy(panel.coefficients[model], 0, c[model], at, panel.width);
      }
      at += panel.width;
    }
    return all.new Blending(c);
  }

  /// A few neighbouring columns: first their products, then their coefficients.
  private static final class Panel {
    int width;
    long rows;
    double[][] products = {};
    double[][] coefficients = {};
  }

  private final class Measuring implements Reduction<Panel> {

    @Override
    public Panel start() {
      return new Panel();
    }

    @Override
    public void add(Panel panel, Block block) {
      if (panel.rows == 0) {
        panel.width = block.size();
        panel.products = new double[Gram.pairs(models)][block.size()];
      }
      CoefficientRule.toDifferences(block, hasBase);
      int k = 0;
      for (int i = 0; i < models; i++) {
        for (int j = i; j < models; j++) {
          add(panel.products[k++], block.operand(i), block.operand(j));
        }
      }
      if (++panel.rows == rows) {
        finish(panel);
      }
    }

    private static void add(double[] sums, float[] a, float[] b) {
      for (int column = 0; column < sums.length; column++) {
        sums[column] += (double) a[column] * b[column];
      }
    }

    private void finish(Panel panel) {
      double[] triangle = new double[panel.products.length];
      double[] c = new double[models];
      panel.coefficients = new double[models][panel.width];
      for (int column = 0; column < panel.width; column++) {
        for (int k = 0; k < triangle.length; k++) {
          triangle[k] = panel.products[k][column];
        }
        rule.coefficients(rule.number(triangle), c);
        for (int model = 0; model < models; model++) {
          panel.coefficients[model][column] = c[model];
        }
      }
      panel.products = new double[0][];
    }

    @Override
    public Panel merge(Panel left, Panel right) {
      throw new UnsupportedOperationException("Panels stand side by side");
    }
  }

  /// Writes the sums, each element with the coefficients of its column.
  private final class Blending implements Blend {

    private final double[][] c;

    Blending(double[][] c) {
      this.c = c;
    }

    @Override
    public void apply(Block block) {
      CoefficientRule.toDifferences(block, hasBase);
      double[] sums = new double[block.size()];
      for (int model = 0; model < models; model++) {
        add(sums, c[model], block.operand(model), (int) (block.first() % columns));
      }
      float[] out = block.out();
      for (int i = 0; i < sums.length; i++) {
        out[i] = (float) (hasBase ? block.base()[i] + sums[i] : sums[i]);
      }
    }

    private void add(double[] sums, double[] factors, float[] x, int firstColumn) {
      int column = firstColumn;
      for (int i = 0; i < sums.length; i++) {
        sums[i] += factors[column] * x[i];
        column = column + 1 == columns ? 0 : column + 1;
      }
    }
  }
}
