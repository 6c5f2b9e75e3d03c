// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.safetensors.SafetensorsException.Reason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/// The JSON tokens of a header, with errors that name the file and the byte.
final class HeaderTokens implements AutoCloseable {

  /// Levels of nesting, as in the reference reader.
  private static final int MAX_DEPTH = 127;

  /// Names stay out of Jackson's symbol tables and buffers out of its pools, so that a hostile
  /// header leaves nothing behind.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(SafetensorsHeader.MAX_BYTES)
                  .maxStringLength(SafetensorsHeader.MAX_BYTES)
                  .build())
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
          .build();

  private final String file;
  private final ByteBuffer bytes;
  private final JsonParser json;
  private @Nullable String tensor;

  /// @param bytes the header without its length, valid UTF-8
  HeaderTokens(String file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
    this.json = JSON.createParser(ObjectReadContext.empty(), new Utf8Reader(bytes.slice()));
  }

  /// From here on, problems are told as those of this tensor.
  void enter(String name) {
    tensor = name;
  }

  /// Ends [#enter].
  void leave() {
    tensor = null;
  }

  /// Moves to the next token and returns it, or null at the end of the header.
  @Nullable JsonToken next() throws SafetensorsException {
    try {
      return json.nextToken();
    } catch (JacksonException e) {
      throw malformed(e.getOriginalMessage(), e);
    }
  }

  /// Moves to the next name of the current object and returns it, or null at the object's end.
  @Nullable String nextName() throws SafetensorsException {
    return next() == JsonToken.END_OBJECT ? null : unicode(json.currentName());
  }

  /// The current token as a string.
  String string(String wanted) throws SafetensorsException {
    expect(JsonToken.VALUE_STRING, wanted);
    return unicode(text());
  }

  /// The current token as an unsigned 64-bit integer.
  long unsigned(String wanted) throws SafetensorsException {
    expect(JsonToken.VALUE_NUMBER_INT, wanted);
    try {
      return Long.parseUnsignedLong(text());
    } catch (NumberFormatException e) {
      throw malformed("found %s, expected %s".formatted(found(), wanted), e);
    }
  }

  /// Passes over a value whose meaning is not known, still checking its text.
  void skip() throws SafetensorsException {
    int depth = 0;
    JsonToken token = json.currentToken();
    do {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME) {
        unicode(text());
      }
    } while (depth > 0 && (token = next()) != null);
  }

  /// Checks the current token.
  void expect(JsonToken wanted, String description) throws SafetensorsException {
    if (json.currentToken() != wanted) {
      throw malformed("found %s, expected %s".formatted(found(), description), null);
    }
  }

  private String text() throws SafetensorsException {
    try {
      return json.getString();
    } catch (JacksonException e) {
      throw malformed(e.getOriginalMessage(), e);
    }
  }

  /// Escapes may spell surrogates that are no pair; such text has no UTF-8 form.
  private String unicode(String text) throws SafetensorsException {
    if (!Names.isUnicode(text)) {
      throw malformed("lone surrogate in " + Names.quote(text), null);
    }
    return text;
  }

  private String found() throws SafetensorsException {
    JsonToken token = json.currentToken();
    if (token == null) {
      return "nothing";
    }
    return token.isScalarValue() ? Names.quote(text()) : token.asString();
  }

  SafetensorsException malformed(String problem, @Nullable Exception cause) {
    String remedy = "; the file is damaged or no safetensors file";
    return failed(Reason.INVALID_JSON, "Invalid JSON in header: " + problem + remedy, cause);
  }

  SafetensorsException failed(Reason reason, String problem, @Nullable Exception cause) {
    long characters = Math.max(0, json.currentLocation().getCharOffset());
    int position = Utf8Reader.position(bytes.slice(), characters);
    String subject = tensor == null ? "" : "Tensor %s: ".formatted(Names.quote(tensor));
    return new SafetensorsException(
        reason, subject + problem, file, SafetensorsHeader.LENGTH_BYTES + position, cause);
  }

  @Override
  public void close() {
    json.close();
  }
}
