// SPDX-License-Identifier: Apache-2.0

/// Matrices of low rank: the truncated singular value decomposition of a matrix that is read row by
/// row, [io.merge4j.svd.Truncation], and of one that is a sum of outer products,
/// [io.merge4j.svd.OuterProducts].
package io.merge4j.svd;
