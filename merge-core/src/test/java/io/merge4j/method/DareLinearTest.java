// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;

class DareLinearTest extends RandomMethodContract<SparseStep.Plain> {

  @Override
  MergeMethod method() {
    return new DareLinear();
  }

  @Override
  Weighted.NeedsBase<SparseStep.Plain> start() {
    return Merger.dareLinear();
  }

  @Override
  boolean elects() {
    return false;
  }
}
