// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

/// Integers in the order of float32 numbers, which the compiler compares in vectors by one
/// instruction: +0 is 0, -0 is -1, NaNs are the greatest or, with a sign, the least.
final class FloatOrder {

  private FloatOrder() {}

  /// The integer of a number with these raw bits.
  static int of(int bits) {
    return bits ^ (bits >> 31 >>> 1);
  }

  /// The number of an integer.
  static float number(int value) {
    return Float.intBitsToFloat(of(value));
  }
}
