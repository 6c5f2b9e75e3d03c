// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads bytes of a pickle one after the other, never beyond their end.
final class PickleInput {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble BIG_ENDIAN_DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /// Longest line of a name; names of classes are far shorter.
  private static final int LONGEST_LINE = 1000;

  private final String file;
  private final MemorySegment bytes;
  private long position;

  /// @param file its name, for messages
  PickleInput(String file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long position() {
    return position;
  }

  int unsignedByte() throws TorchException {
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, take(1)));
  }

  int unsignedShort() throws TorchException {
    return Short.toUnsignedInt(bytes.get(SHORT, take(2)));
  }

  int signedInt() throws TorchException {
    return bytes.get(INT, take(4));
  }

  long unsignedInt() throws TorchException {
    return Integer.toUnsignedLong(signedInt());
  }

  long signedLong() throws TorchException {
    return bytes.get(LONG, take(8));
  }

  double bigEndianDouble() throws TorchException {
    return bytes.get(BIG_ENDIAN_DOUBLE, take(8));
  }

  byte[] bytes(long count) throws TorchException {
    return bytes.asSlice(take(count), count).toArray(ValueLayout.JAVA_BYTE);
  }

  String utf8(long count) throws TorchException {
    return new String(bytes(count), StandardCharsets.UTF_8);
  }

  /// The text up to the next line feed, which is skipped.
  String line() throws TorchException {
    StringBuilder line = new StringBuilder();
    for (int c = unsignedByte(); c != '\n'; c = unsignedByte()) {
      if (line.length() == LONGEST_LINE) {
        throw failed("Damaged pickle: a name of more than %d characters".formatted(LONGEST_LINE));
      }
      line.append((char) c);
    }
    return line.toString();
  }

  void skip(long count) throws TorchException {
    long _ = take(count);
  }

  /// What is wrong, at the place that was reached.
  TorchException failed(String problem) {
    return new TorchException(problem, file, position);
  }

  private long take(long count) throws TorchException {
    if (count < 0 || count > bytes.byteSize() - position) {
      throw failed(
          "Cut off: %d bytes wanted, %d are left; fetch or copy the file again"
              .formatted(count, bytes.byteSize() - position));
    }
    long at = position;
    position += count;
    return at;
  }
}
