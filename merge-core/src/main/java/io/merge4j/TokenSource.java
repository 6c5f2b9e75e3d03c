// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.model.ModelReference;

/// Where a token's row comes from in models that lack the token, or in all if it is forced.
///
/// The row is that of each tensor with a row per token: the input embedding, the output head, and
/// so on.
public sealed interface TokenSource {

  /// Zeros.
  record Zero() implements TokenSource {}

  /// The row that the same token has in a model, which must have it.
  record OfModel(ModelReference model) implements TokenSource {}

  /// The row that another token has in a model.
  record OfToken(ModelReference model, String token) implements TokenSource {}

  /// The row of a model by its number, from 0.
  record OfRow(ModelReference model, int row) implements TokenSource {

    /// @throws IllegalArgumentException if the number is negative
    public OfRow {
      if (row < 0) {
        throw new IllegalArgumentException("Token id %d, expected 0 or more".formatted(row));
      }
    }
  }

  /// Zeros.
  static TokenSource zero() {
    return new Zero();
  }

  /// The row that the same token has in a model, named as in recipes.
  static TokenSource of(String model) {
    return new OfModel(ModelReference.to(model));
  }

  /// The row that token `token` has in a model, named as in recipes.
  static TokenSource of(String model, String token) {
    return new OfToken(ModelReference.to(model), token);
  }

  /// Row `row` of a model, named as in recipes.
  ///
  /// @param row from 0
  static TokenSource of(String model, int row) {
    return new OfRow(ModelReference.to(model), row);
  }
}
