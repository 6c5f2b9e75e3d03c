// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Files made byte by byte, also such as no writer makes.
final class RawFile {

  private RawFile() {}

  /// A file with this header and so many bytes of data.
  ///
  /// @param header JSON in which `'` stands for `"`
  static byte[] of(String header, int dataBytes) {
    return of(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static byte[] of(byte[] header, int dataBytes) {
    return withLength(header.length, header, dataBytes);
  }

  /// A file whose header length is not that of its header.
  static byte[] withLength(long length, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .array();
  }

  static SafetensorsHeader parse(byte[] file) throws SafetensorsException {
    return SafetensorsHeader.parse("raw", file.length, ByteBuffer.wrap(file));
  }
}
