// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

/// How a matrix is stored in its model, which decides on the names and the order of its factors.
public enum FactorLayout {
  /// As linear layers store it, out x in.
  OUT_BY_IN,
  /// Turned, in x out.
  IN_BY_OUT,
  /// A row per token.
  EMBEDDING
}
