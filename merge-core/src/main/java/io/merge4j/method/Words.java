// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

/// Words of 32 bits, gone through some at a time and as often as wanted.
@FunctionalInterface
interface Words {

  /// Gives all to `some`.
  void forEach(Some some);

  /// What is done with some of them.
  @FunctionalInterface
  interface Some {
    /// Takes the first `count` of `words`, which are others once this returns.
    void take(int[] words, int count);
  }
}
