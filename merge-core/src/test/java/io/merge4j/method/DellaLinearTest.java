// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;

class DellaLinearTest extends RankedMethodContract {

  @Override
  MergeMethod method() {
    return new DellaLinear();
  }

  @Override
  Weighted.NeedsBase<RankedRandom.WithWeight> start() {
    return Merger.dellaLinear();
  }

  @Override
  boolean elects() {
    return false;
  }
}
