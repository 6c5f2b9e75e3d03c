// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;

class DareTiesTest extends RandomMethodContract<SparseStep.Plain> {

  @Override
  MergeMethod method() {
    return new DareTies();
  }

  @Override
  Weighted.NeedsBase<SparseStep.Plain> start() {
    return Merger.dareTies();
  }

  @Override
  boolean elects() {
    return true;
  }
}
