// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The pieces of a SentencePiece model: field 1 of the protocol buffer, whose field 1 is the text.
///
/// *Source:* `sentencepiece_model.proto` of google/sentencepiece.
final class SentencePieces {

  private static final int TEXT = 1 << 3 | 2;

  private final ByteBuffer bytes;

  private SentencePieces(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /// Texts and numbers of the pieces; a text that comes twice keeps its first number.
  ///
  /// @throws IllegalArgumentException if the file is no such model
  static Map<String, Integer> read(Path file) throws IOException {
    Map<String, Integer> pieces = new LinkedHashMap<>();
    SentencePieces model = new SentencePieces(ByteBuffer.wrap(SmallFile.bytes(file)));
    int number = 0;
    while (model.bytes.hasRemaining()) {
      long key = model.varint();
      if (key == TEXT) {
        pieces.putIfAbsent(new SentencePieces(model.part()).text(), number++);
      } else {
        model.skip(key);
      }
    }
    return pieces;
  }

  private String text() {
    while (bytes.hasRemaining()) {
      long key = varint();
      if (key == TEXT) {
        return StandardCharsets.UTF_8.decode(part()).toString();
      }
      skip(key);
    }
    return "";
  }

  private ByteBuffer part() {
    long length = varint();
    if (length < 0 || length > bytes.remaining()) {
      throw damaged();
    }
    ByteBuffer part = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return part;
  }

  private void skip(long key) {
    long length =
        switch ((int) (key & 7)) {
          case 0 -> varint() & 0;
          case 1 -> 8;
          case 2 -> varint();
          case 5 -> 4;
          default -> throw damaged();
        };
    if (length < 0 || length > bytes.remaining()) {
      throw damaged();
    }
    bytes.position(bytes.position() + (int) length);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64 && bytes.hasRemaining(); shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  private static IllegalArgumentException damaged() {
    return new IllegalArgumentException("its SentencePiece model is damaged or is none");
  }
}
