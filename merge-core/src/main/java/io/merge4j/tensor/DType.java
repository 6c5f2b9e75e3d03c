// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Element type of a tensor: the 22 types of the safetensors format.
///
/// The constants stand in the format's alignment order, low to high, and are spelled as in its
/// header. A writer lays tensors out in descending order of this enum.
///
/// *Source:* safetensors format, version 0.8.0.
public enum DType {
  BOOL(8, "bool", Kind.BOOLEAN),
  /// Two 4-bit elements a byte; shapes count the 4-bit elements.
  F4(4, "float4_e2m1fn_x2", Kind.OPAQUE),
  F6_E2M3(6, "float6_e2m3fn", Kind.OPAQUE),
  F6_E3M2(6, "float6_e3m2fn", Kind.OPAQUE),
  U8(8, "uint8", Kind.INTEGER),
  I8(8, "int8", Kind.INTEGER),
  F8_E5M2(8, "float8_e5m2", Kind.FLOAT),
  F8_E4M3(8, "float8_e4m3fn", Kind.FLOAT),
  /// A scale 2^(b-127) without sign.
  F8_E8M0(8, "float8_e8m0fnu", Kind.FLOAT),
  F8_E4M3FNUZ(8, "float8_e4m3fnuz", Kind.FLOAT),
  F8_E5M2FNUZ(8, "float8_e5m2fnuz", Kind.FLOAT),
  I16(16, "int16", Kind.INTEGER),
  U16(16, "uint16", Kind.INTEGER),
  F16(16, "float16", Kind.FLOAT),
  BF16(16, "bfloat16", Kind.FLOAT),
  I32(32, "int32", Kind.INTEGER),
  U32(32, "uint32", Kind.INTEGER),
  F32(32, "float32", Kind.FLOAT),
  /// Two F32 values, real and imaginary.
  C64(64, "complex64", Kind.OPAQUE),
  F64(64, "float64", Kind.FLOAT),
  I64(64, "int64", Kind.INTEGER),
  U64(64, "uint64", Kind.INTEGER);

  private enum Kind {
    FLOAT,
    INTEGER,
    BOOLEAN,
    OPAQUE
  }

  private static final ImmutableMap<String, DType> BY_NAME =
      Arrays.stream(values()).collect(ImmutableMap.toImmutableMap(DType::name, d -> d));

  private static final ImmutableMap<String, DType> BY_TORCH_NAME =
      Arrays.stream(values()).collect(ImmutableMap.toImmutableMap(DType::torchName, d -> d));

  private final int bits;
  private final String torchName;
  private final Kind kind;

  DType(int bits, String torchName, Kind kind) {
    this.bits = bits;
    this.torchName = torchName;
    this.kind = kind;
  }

  /// Bits that one element takes: 4, 6, 8, 16, 32 or 64.
  public int bits() {
    return bits;
  }

  /// PyTorch's name without its `torch.` prefix, e.g. `bfloat16`.
  public String torchName() {
    return torchName;
  }

  /// Whether elements decode to float32, so that arithmetic merges can read them.
  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /// Whether elements are integers or booleans, which merges copy and never compute with.
  public boolean isDiscrete() {
    return kind == Kind.INTEGER || kind == Kind.BOOLEAN;
  }

  /// Whether a merge can round its results to this type: F64, F32, BF16 or F16.
  public boolean isWritable() {
    return kind == Kind.FLOAT && bits >= 16;
  }

  /// Bytes that `elements` elements take.
  ///
  /// @throws ArithmeticException if the bits exceed 64 signed bits or fill no whole byte
  public long bytes(long elements) {
    long total = Math.multiplyExact(elements, (long) bits);
    if (total % 8 != 0) {
      throw new ArithmeticException(elements + " elements of " + this + " end inside a byte");
    }
    return total / 8;
  }

  /// The type whose header spelling is `name`, case-sensitive.
  public static Optional<DType> ofHeader(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /// The type whose PyTorch name is `name`, with or without the `torch.` prefix.
  public static Optional<DType> ofTorch(String name) {
    String bare = name.startsWith("torch.") ? name.substring("torch.".length()) : name;
    return Optional.ofNullable(BY_TORCH_NAME.get(bare.toLowerCase(Locale.ROOT)));
  }

  /// The PyTorch names of the types a merge writes, for messages: `float16, bfloat16, float32,
  /// float64`.
  public static String writableNames() {
    return Arrays.stream(values())
        .filter(DType::isWritable)
        .map(DType::torchName)
        .collect(Collectors.joining(", "));
  }
}
