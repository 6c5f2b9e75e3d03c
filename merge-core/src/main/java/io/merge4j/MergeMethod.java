// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.Shape;

/// A way to make one tensor out of several: a formula, and what it must know before it can be
/// applied.
///
/// A method is stateless and works weight by weight. [#prepare] reads parameters, gathers sums over
/// the operands if it needs any, and returns the loop that writes the result.
///
/// {@snippet lang=java :
/// record Average() implements MergeMethod {
///   public String name() { return "average"; }
///   public Signature signature() { return Signature.atLeast(1); }
///   public Blend prepare(Operands x) {
///     double[] share = new double[x.count()];
///     Arrays.fill(share, 1.0 / x.count());
///     return Blend.weightedSum(share);
///   }
/// }
/// Merger.using(new Average(), a, b).writeTo(path);
/// }
///
/// Methods that shall be known by name in recipes are registered with [java.util.ServiceLoader];
/// those of this library are in [io.merge4j.method].
public interface MergeMethod {

  /// Name in recipes, e.g. `slerp`.
  String name();

  /// What it takes.
  Signature signature();

  /// What documentation says of it.
  default About about() {
    return About.of(name());
  }

  /// Refuses parameters that make no sense together; called for every weight while planning, before
  /// anything is read. Single values are checked against their declared range already.
  ///
  /// @throws IllegalArgumentException naming the parameters, what was found and what is expected
  default void check(Values values) {}

  /// Whether the result at a weight is its only model's tensor as it is, whatever its type.
  default boolean isCopy(Values values) {
    return false;
  }

  /// Heap in bytes that one thread holds at a weight beyond the blocks that it is given, at most:
  /// that of methods which look at a whole row, say. Fewer threads run where it exceeds what a
  /// merge may use.
  ///
  /// @param shape of the result
  /// @param models how many are merged there
  default long workingBytes(Shape shape, int models) {
    return 0;
  }

  /// Bytes of [Operands#memory()] that a weight takes until it is written, at most, whichever
  /// threads work on it. As many weights are under way as there are threads, and fewer run where
  /// the largest together exceed what a merge may use.
  ///
  /// @param shape of the result
  /// @param models how many are merged there
  default long offHeapBytes(Shape shape, int models) {
    return 0;
  }

  /// Chooses the numbers for one weight and returns the loop that applies them.
  ///
  /// @throws MergeException if the operands cannot be merged by this method
  Blend prepare(Operands operands);
}
