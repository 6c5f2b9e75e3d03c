// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// What a method gathers in one pass over its operands.
///
/// A tensor is cut into at most 64 strips at places that depend on its size alone. Each strip
/// starts a partial result and takes its blocks in order; the partial results are merged in order.
///
/// @param <A> a partial result, mutable, small against a strip
public interface Reduction<A> {

  /// An empty partial result.
  A start();

  /// Adds a block to a partial result, in place.
  void add(A partial, Block block);

  /// The result of two adjoining parts; may reuse either.
  A merge(A left, A right);
}
