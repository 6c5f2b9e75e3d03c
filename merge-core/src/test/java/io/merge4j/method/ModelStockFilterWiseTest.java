// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// The contract for a ratio per row.
class ModelStockFilterWiseTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new ModelStock();
  }

  @Override
  int models() {
    return 3;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 2
        ? Merger.using(method(), models.get(0)).base(models.get(1))
        : ModelStockTest.chain(models).filterWise(true);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int length = (int) shape.rowLength();
    double[] y = new double[x[0].length];
    for (int row = 0; row < y.length; row += length) {
      ModelStockTest.stock(x, row, length, y);
    }
    return Optional.of(y);
  }

  @Override
  Shape shape(int size) {
    return Shapes.matrix(size);
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }
}
