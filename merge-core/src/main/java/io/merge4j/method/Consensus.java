// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

/// How models agree on the sign of an element, and which of them take part in it.
enum Consensus {
  /// Not at all: every model takes part.
  NONE,
  /// By the sum of the weighted task vectors; a model takes part if its weighted element has that
  /// sign.
  WEIGHTED,
  /// By the sum of the task vectors; a model takes part if its element has that sign.
  UNWEIGHTED,
  /// By the majority of the models; a model takes part if its element has that sign.
  COUNT
}
