// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Reduction;

/// Gathers numbers each of which is a sum over all elements: those of adjoining parts are added.
interface Sums extends Reduction<double[]> {

  @Override
  default double[] merge(double[] left, double[] right) {
    for (int i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
    return left;
  }
}
