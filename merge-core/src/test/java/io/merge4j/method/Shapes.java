// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.tensor.Shape;

/// Matrices of any number of elements.
final class Shapes {

  private Shapes() {}

  /// As square as can be, rows no longer than columns: `[1, 13]`, `[64, 64]`, `[75, 3823]`.
  static Shape matrix(int size) {
    int rows = (int) Math.sqrt(size);
    while (size % rows != 0) {
      rows--;
    }
    return Shape.of(rows, size / rows);
  }
}
