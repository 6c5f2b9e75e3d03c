// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Characters of UTF-8 bytes that stay where they are, for example in a mapped file.
///
/// Jackson reads headers through this and not from bytes, because it would guess their encoding:
/// UTF-16 is JSON to it, but not to this format. A byte order mark comes through as a character.
final class Utf8Reader extends Reader {

  private static final int BLOCK = 8192;

  private final ByteBuffer bytes;
  private final CharsetDecoder decoder = decoder();

  /// @param bytes valid UTF-8; consumed
  Utf8Reader(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read(char[] into, int at, int count) {
    CharBuffer characters = CharBuffer.wrap(into, at, count);
    decoder.decode(bytes, characters, true);
    int read = characters.position() - at;
    return read > 0 || count == 0 ? read : -1;
  }

  @Override
  public void close() {}

  /// Position of the first byte that does not belong to valid UTF-8, or -1.
  static int firstInvalid(ByteBuffer bytes) {
    CharsetDecoder decoder = decoder();
    CharBuffer scratch = CharBuffer.allocate(BLOCK);
    while (true) {
      CoderResult result = decoder.decode(bytes, scratch.clear(), true);
      if (result.isError()) {
        return bytes.position();
      }
      if (result.isUnderflow()) {
        return -1;
      }
    }
  }

  /// Position of the byte at which the given number of characters have been read.
  static int position(ByteBuffer bytes, long characters) {
    CharsetDecoder decoder = decoder();
    CharBuffer scratch = CharBuffer.allocate(BLOCK);
    long left = characters;
    int read = 1;
    while (left > 0 && read > 0) {
      scratch.clear().limit((int) Math.min(left, BLOCK));
      decoder.decode(bytes, scratch, true);
      read = scratch.position();
      left -= read;
    }
    return bytes.position();
  }

  private static CharsetDecoder decoder() {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }
}
