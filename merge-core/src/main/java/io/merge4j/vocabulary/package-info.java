// SPDX-License-Identifier: Apache-2.0

/// Tokenizers as merges see them: which row belongs to which token.
///
/// A [io.merge4j.vocabulary.Tokenizer] is read from a model's directory as `transformers` would
/// load it, a [io.merge4j.vocabulary.TokenizerUnion] joins several, and a
/// [io.merge4j.vocabulary.RowMap] says for every row of the merged vocabulary which rows of the
/// models it is made of. Texts are never tokenized here.
package io.merge4j.vocabulary;
