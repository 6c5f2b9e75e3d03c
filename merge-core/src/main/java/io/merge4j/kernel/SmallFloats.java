// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import io.merge4j.tensor.DType;

/// The values of the 8-bit floating types, computed from the definitions of their formats.
final class SmallFloats {

  private static final float[] E4M3 = table(4, 3, 7, false);
  private static final float[] E5M2 = table(5, 2, 15, false);
  private static final float[] E4M3FNUZ = table(4, 3, 8, true);
  private static final float[] E5M2FNUZ = table(5, 2, 16, true);
  private static final float[] E8M0 = scales();

  static {
    // The top of the range: E5M2 as IEEE 754 has it, E4M3 with its largest magnitude alone as NaN.
    for (int sign = 0; sign < 256; sign += 128) {
      E4M3[sign + 0x7f] = Float.NaN;
      E5M2[sign + 0x7c] = sign == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
      E5M2[sign + 0x7d] = Float.NaN;
      E5M2[sign + 0x7e] = Float.NaN;
      E5M2[sign + 0x7f] = Float.NaN;
    }
  }

  private SmallFloats() {}

  /// The 256 values of an 8-bit floating type by their bits; not to be written to.
  static float[] values(DType dtype) {
    return switch (dtype) {
      case F8_E4M3 -> E4M3;
      case F8_E5M2 -> E5M2;
      case F8_E4M3FNUZ -> E4M3FNUZ;
      case F8_E5M2FNUZ -> E5M2FNUZ;
      case F8_E8M0 -> E8M0;
      default -> throw new IllegalArgumentException(dtype + " is no 8-bit floating type");
    };
  }

  /// Sign, exponent, mantissa from high to low; exponent 0 means subnormal.
  ///
  /// @param negativeZeroIsNaN whether there is one zero only, and NaN in place of the other
  private static float[] table(
      int exponentBits, int mantissaBits, int bias, boolean negativeZeroIsNaN) {
    float[] values = new float[256];
    for (int b = 0; b < 256; b++) {
      int mantissa = b & (1 << mantissaBits) - 1;
      int exponent = b >> mantissaBits & (1 << exponentBits) - 1;
      int significand = exponent == 0 ? mantissa : mantissa | 1 << mantissaBits;
      float magnitude =
          Math.scalb((float) significand, Math.max(exponent, 1) - bias - mantissaBits);
      values[b] = b < 128 ? magnitude : -magnitude;
    }
    if (negativeZeroIsNaN) {
      values[0x80] = Float.NaN;
    }
    return values;
  }

  /// Powers of two from 2^-127 on, the last one NaN.
  private static float[] scales() {
    float[] values = new float[256];
    for (int b = 0; b < 255; b++) {
      values[b] = Math.scalb(1f, b - 127);
    }
    values[255] = Float.NaN;
    return values;
  }
}
