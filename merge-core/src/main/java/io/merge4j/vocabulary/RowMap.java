// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.merge4j.tensor.RowMapped;
import java.util.Arrays;
import java.util.BitSet;
import java.util.OptionalInt;

/// Which rows of the models the rows of a merged vocabulary come from.
///
/// A model's own row is taken if it has the token; else the base's; else that of the only model
/// that has it; else the mean of those that have it. Rules for single tokens go before the last
/// three, forced ones before all.
///
/// A map costs four bytes per token and model; it is shared by all tensors.
public final class RowMap {

  private final ImmutableList<String> models;
  private final int merged;
  private final OptionalInt base;
  private final int[][] rows;
  private final ImmutableMap<Integer, Fixed> fixed;
  private final int tokens;
  private final int size;

  /// Where a token's row comes from by the recipe.
  ///
  /// @param model index of the model; -1 for zeros
  /// @param row its row there
  /// @param force whether that holds also in models that have the token
  public record Fixed(int model, int row, boolean force) {}

  /// @param models names of the models: those that are merged, then those that only give rows
  /// @param merged number of those that are merged
  /// @param base index of the base among them
  /// @param rows for each model, the row of each token, or -1 if it lacks the token
  /// @param fixed rules for single tokens, by their ids
  /// @param size number of rows, at least that of the tokens
  public RowMap(
      ImmutableList<String> models,
      int merged,
      OptionalInt base,
      int[][] rows,
      ImmutableMap<Integer, Fixed> fixed,
      int size) {
    this.models = models;
    this.merged = merged;
    this.base = base;
    this.rows = Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    this.fixed = fixed;
    this.tokens = rows.length == 0 ? 0 : rows[0].length;
    this.size = size;
  }

  /// Names of the models, in the order of their indexes.
  public ImmutableList<String> models() {
    return models;
  }

  /// Number of rows with a token; the rest is padding.
  public int tokens() {
    return tokens;
  }

  /// Number of rows.
  public int size() {
    return size;
  }

  /// The row of a token in a model, or -1 if it lacks the token.
  public int row(int model, int token) {
    return rows[model][token];
  }

  /// Whether no model has a token, and no rule gives it a row.
  public boolean isZero(int token) {
    for (int model = 0; model < merged; model++) {
      if (rows[model][token] >= 0) {
        return false;
      }
    }
    return !fixed.containsKey(token);
  }

  /// A SHA-256 of all it says, in hexadecimal digits.
  public String digest() {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putInt(merged).putInt(base.orElse(-1)).putInt(tokens).putInt(size);
    for (int model = 0; model < models.size(); model++) {
      hasher.putInt(models.get(model).length()).putUnencodedChars(models.get(model));
      for (int row : rows[model]) {
        hasher.putInt(row);
      }
    }
    fixed.forEach((token, rule) ->
        hasher.putInt(token).putInt(rule.model).putInt(rule.row).putBoolean(rule.force));
    return hasher.hash().toString();
  }

  /// Number of bytes that the map takes.
  public long bytes() {
    return (long) Integer.BYTES * tokens * models.size();
  }

  /// Whether row i is row i of the model throughout, and no row is padding.
  public boolean isPrefix(int model) {
    for (int token = 0; token < tokens; token++) {
      if (rows[model][token] != token) {
        return false;
      }
    }
    return size == tokens && fixed.values().stream().noneMatch(Fixed::force);
  }

  /// The rows of one model's tensor.
  ///
  /// @param present the models that have a tensor of that name, the model itself among them
  public RowMapped.Rows of(int model, BitSet present) {
    return new MappedRows(this, model, (BitSet) present.clone());
  }

  /// Index of the model whose row a token gets in `model`, or one of the codes of [RowMapped.Rows].
  int source(int model, int token, BitSet present) {
    Fixed rule = fixed.get(token);
    boolean own = rows[model][token] >= 0;
    if (own && (rule == null || !rule.force())) {
      return model;
    }
    if (rule != null && (rule.model() < 0 || present.get(rule.model()))) {
      return rule.model() < 0 ? RowMapped.Rows.ZERO : rule.model();
    }
    if (base.isPresent() && has(base.getAsInt(), token, present)) {
      return base.getAsInt();
    }
    int found = RowMapped.Rows.ZERO;
    for (int other = 0; other < merged; other++) {
      if (has(other, token, present)) {
        if (found >= 0) {
          return RowMapped.Rows.MEAN;
        }
        found = other;
      }
    }
    return found;
  }

  /// The row of model `from` that a token gets in `model`.
  int row(int model, int from, int token) {
    Fixed rule = fixed.get(token);
    boolean ruled = rule != null && (rule.force() || rows[model][token] < 0);
    return rule != null && ruled && rule.model() == from ? rule.row() : rows[from][token];
  }

  /// Whether a merged model has the token and a tensor to take its row from.
  boolean has(int model, int token, BitSet present) {
    return model < merged && present.get(model) && rows[model][token] >= 0;
  }
}
