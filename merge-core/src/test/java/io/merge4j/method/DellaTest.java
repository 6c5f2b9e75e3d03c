// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;

class DellaTest extends RankedMethodContract {

  @Override
  MergeMethod method() {
    return new Della();
  }

  @Override
  Weighted.NeedsBase<RankedRandom.WithWeight> start() {
    return Merger.della();
  }

  @Override
  boolean elects() {
    return true;
  }

  @Override
  boolean normalizes() {
    return true;
  }
}
