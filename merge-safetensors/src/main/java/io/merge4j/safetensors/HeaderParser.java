// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import io.merge4j.safetensors.ParsedHeader.Declared;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/// Reads the JSON of one header; offsets and sizes are judged afterwards, by [ParsedHeader#check].
///
/// Accepted beyond the format's description, as by its reference reader: white space before the
/// object, entries written as arrays, unknown fields, a null `__metadata__`. Refused beyond it: two
/// tensors of one name, and more than [#MAX_RANK] dimensions.
final class HeaderParser {

  static final String METADATA = "__metadata__";

  /// Levels of nesting, as in the reference reader.
  private static final int MAX_DEPTH = 127;

  /// Keeps a hostile shape from costing ten times the memory of its text.
  private static final int MAX_RANK = 1000;

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
  private final Map<String, Declared> tensors = new LinkedHashMap<>();
  private final Map<ImmutableLongArray, ImmutableLongArray> shapes = new HashMap<>();
  private final long[] numbers = new long[MAX_RANK];
  private ImmutableMap<String, String> metadata = ImmutableMap.of();

  /// @param bytes the header without its length
  HeaderParser(String file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
    this.json = JSON.createParser(ObjectReadContext.empty(), new Utf8Reader(bytes.slice()));
  }

  ParsedHeader parse() throws SafetensorsException {
    int invalid = Utf8Reader.firstInvalid(bytes.slice());
    if (invalid >= 0) {
      throw new SafetensorsException(
          Reason.INVALID_UTF8,
          "Invalid UTF-8 in header: byte 0x%02x; the file is damaged, fetch or copy it again"
              .formatted(bytes.get(invalid)),
          file,
          SafetensorsHeader.LENGTH_BYTES + invalid,
          null);
    }
    try (json) {
      if (!bytes.hasRemaining()) {
        throw malformed("it is empty, as in a file whose writing was never finished", null);
      }
      header();
      return new ParsedHeader(file, tensors.values(), metadata);
    } catch (JacksonException e) {
      throw malformed(e.getOriginalMessage(), e);
    }
  }

  private void header() throws SafetensorsException {
    json.nextToken();
    expect(JsonToken.START_OBJECT, "an object");
    boolean metadataSeen = false;
    for (String name = nextName(); name != null; name = nextName()) {
      if (!name.equals(METADATA)) {
        add(tensor(name));
      } else if (metadataSeen) {
        throw malformed("__metadata__ occurs twice", null);
      } else {
        metadataSeen = true;
        metadata = metadata();
      }
    }
    if (json.nextToken() != null) {
      throw malformed("more text after the header's object", null);
    }
  }

  private void add(Declared tensor) throws SafetensorsException {
    if (tensors.put(tensor.name(), tensor) != null) {
      throw failed(
          Reason.DUPLICATE_TENSOR,
          "Tensor %s occurs twice, expected unique names; write the file again without the copy"
              .formatted(Names.quote(tensor.name())),
          null);
    }
  }

  private ImmutableMap<String, String> metadata() throws SafetensorsException {
    if (json.nextToken() == JsonToken.VALUE_NULL) {
      return ImmutableMap.of();
    }
    expect(JsonToken.START_OBJECT, "an object as __metadata__");
    Map<String, String> strings = new LinkedHashMap<>();
    for (String key = nextName(); key != null; key = nextName()) {
      json.nextToken();
      strings.put(key, string("a string in __metadata__"));
    }
    return ImmutableMap.copyOf(strings);
  }

  private Declared tensor(String name) throws SafetensorsException {
    if (json.nextToken() == JsonToken.START_ARRAY) {
      json.nextToken();
      DType dtype = dtype(name);
      json.nextToken();
      ImmutableLongArray shape = shape(name);
      json.nextToken();
      offsets(name);
      Declared tensor = new Declared(name, dtype, shape, numbers[0], numbers[1]);
      json.nextToken();
      expect(JsonToken.END_ARRAY, "three elements for tensor", name);
      return tensor;
    }
    expect(JsonToken.START_OBJECT, "an object for tensor", name);
    return tensorFields(name);
  }

  private Declared tensorFields(String name) throws SafetensorsException {
    DType dtype = null;
    ImmutableLongArray shape = null;
    long begin = 0;
    long end = 0;
    boolean placed = false;
    for (String field = nextName(); field != null; field = nextName()) {
      json.nextToken();
      boolean twice = false;
      switch (field) {
        case "dtype" -> {
          twice = dtype != null;
          dtype = dtype(name);
        }
        case "shape" -> {
          twice = shape != null;
          shape = shape(name);
        }
        case "data_offsets" -> {
          twice = placed;
          placed = true;
          offsets(name);
          begin = numbers[0];
          end = numbers[1];
        }
        default -> skip();
      }
      if (twice) {
        throw malformed("%s occurs twice in tensor %s".formatted(field, Names.quote(name)), null);
      }
    }
    if (dtype == null || shape == null || !placed) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw malformed("tensor %s has no %s".formatted(Names.quote(name), missing), null);
    }
    return new Declared(name, dtype, shape, begin, end);
  }

  private DType dtype(String tensor) throws SafetensorsException {
    expect(JsonToken.VALUE_STRING, "a string as dtype of tensor", tensor);
    String dtype = json.getString();
    return DType.ofHeader(dtype)
        .orElseThrow(() ->
            failed(
                Reason.UNKNOWN_DTYPE,
                "Unknown dtype of tensor %s: %s, expected one of %s; convert the file first"
                    .formatted(
                        Names.quote(tensor), Names.quote(dtype), Arrays.toString(DType.values())),
                null));
  }

  private ImmutableLongArray shape(String tensor) throws SafetensorsException {
    int rank = numbers("shape", tensor);
    ImmutableLongArray shape = ImmutableLongArray.copyOf(numbers).subArray(0, rank).trimmed();
    return shapes.computeIfAbsent(shape, s -> s);
  }

  /// Leaves begin and end in the first two [#numbers].
  private void offsets(String tensor) throws SafetensorsException {
    if (numbers("data_offsets", tensor) != 2) {
      throw malformed(
          "data_offsets of tensor %s: expected two".formatted(Names.quote(tensor)), null);
    }
  }

  /// Reads a list of unsigned 64-bit integers into [#numbers] and returns how many they are.
  private int numbers(String field, String tensor) throws SafetensorsException {
    expect(JsonToken.START_ARRAY, "a list as " + field + " of tensor", tensor);
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(JsonToken.VALUE_NUMBER_INT, "unsigned integers as " + field + " of tensor", tensor);
      if (count == MAX_RANK) {
        throw malformed(
            "%s of tensor %s has more than %d elements"
                .formatted(field, Names.quote(tensor), MAX_RANK),
            null);
      }
      String digits = json.getString();
      try {
        numbers[count++] = Long.parseUnsignedLong(digits);
      } catch (NumberFormatException e) {
        throw malformed(
            "%s of tensor %s has %s, expected unsigned 64-bit integers"
                .formatted(field, Names.quote(tensor), Names.quote(digits)),
            e);
      }
    }
    return count;
  }

  private String string(String wanted) throws SafetensorsException {
    expect(JsonToken.VALUE_STRING, wanted);
    String string = json.getString();
    requireUnicode(string);
    return string;
  }

  /// The next name of the current object, or null at its end.
  private @Nullable String nextName() throws SafetensorsException {
    if (json.nextToken() == JsonToken.END_OBJECT) {
      return null;
    }
    String name = json.currentName();
    requireUnicode(name);
    return name;
  }

  /// Passes over a value whose meaning is not known, still checking its text.
  private void skip() throws SafetensorsException {
    int depth = 0;
    do {
      JsonToken token = json.currentToken();
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME) {
        requireUnicode(json.getString());
      }
    } while (depth > 0 && json.nextToken() != null);
  }

  /// Escapes may spell surrogates that are no pair; such text has no UTF-8 form.
  private void requireUnicode(String text) throws SafetensorsException {
    if (!Names.isUnicode(text)) {
      throw malformed("lone surrogate in " + Names.quote(text), null);
    }
  }

  private void expect(JsonToken wanted, String description, String tensor)
      throws SafetensorsException {
    if (json.currentToken() != wanted) {
      expect(wanted, description + " " + Names.quote(tensor));
    }
  }

  private void expect(JsonToken wanted, String description) throws SafetensorsException {
    if (json.currentToken() != wanted) {
      throw malformed("found %s, expected %s".formatted(found(), description), null);
    }
  }

  private String found() {
    JsonToken token = json.currentToken();
    return token == null
        ? "nothing"
        : token.isScalarValue() ? Names.quote(json.getString()) : token.asString();
  }

  private SafetensorsException malformed(String problem, @Nullable Exception cause) {
    return failed(
        Reason.INVALID_JSON,
        "Invalid JSON in header: " + problem + "; the file is damaged or no safetensors file",
        cause);
  }

  private SafetensorsException failed(Reason reason, String problem, @Nullable Exception cause) {
    long characters = Math.max(0, json.currentLocation().getCharOffset());
    int position = Utf8Reader.position(bytes.slice(), characters);
    return new SafetensorsException(
        reason, problem, file, SafetensorsHeader.LENGTH_BYTES + position, cause);
  }
}
