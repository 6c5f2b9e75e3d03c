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
import tools.jackson.core.JsonToken;

/// Reads the JSON of one header; offsets and sizes are judged afterwards, by [ParsedHeader#check].
///
/// Accepted beyond the format's description, as by its reference reader: white space before the
/// object, entries written as arrays, unknown fields, a null `__metadata__`. Refused beyond it: two
/// tensors of one name, and more than [#MAX_RANK] dimensions.
final class HeaderParser {

  static final String METADATA = "__metadata__";

  /// Keeps a hostile shape from costing ten times the memory of its text.
  private static final int MAX_RANK = 1000;

  private final String file;
  private final HeaderTokens tokens;
  private final Map<String, Declared> tensors = new LinkedHashMap<>();
  private final Map<ImmutableLongArray, ImmutableLongArray> shapes = new HashMap<>();
  private final long[] numbers = new long[MAX_RANK];
  private ImmutableMap<String, String> metadata = ImmutableMap.of();

  private HeaderParser(String file, HeaderTokens tokens) {
    this.file = file;
    this.tokens = tokens;
  }

  /// @param bytes the header without its length
  static ParsedHeader parse(String file, ByteBuffer bytes) throws SafetensorsException {
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
    try (HeaderTokens tokens = new HeaderTokens(file, bytes)) {
      return new HeaderParser(file, tokens).header();
    }
  }

  private ParsedHeader header() throws SafetensorsException {
    if (tokens.next() == null) {
      throw tokens.malformed("it is empty, as in a file whose writing was never finished", null);
    }
    tokens.expect(JsonToken.START_OBJECT, "an object");
    boolean metadataSeen = false;
    for (String name = tokens.nextName(); name != null; name = tokens.nextName()) {
      if (!name.equals(METADATA)) {
        add(tensor(name));
      } else if (metadataSeen) {
        throw tokens.malformed("__metadata__ occurs twice", null);
      } else {
        metadataSeen = true;
        metadata = metadata();
      }
    }
    if (tokens.next() != null) {
      throw tokens.malformed("more text after the header's object", null);
    }
    return new ParsedHeader(file, tensors.values(), metadata);
  }

  private void add(Declared tensor) throws SafetensorsException {
    if (tensors.put(tensor.name(), tensor) != null) {
      throw tokens.failed(
          Reason.DUPLICATE_TENSOR,
          "Tensor %s: found twice, expected unique names; write the file again without the copy"
              .formatted(Names.quote(tensor.name())),
          null);
    }
  }

  private ImmutableMap<String, String> metadata() throws SafetensorsException {
    if (tokens.next() == JsonToken.VALUE_NULL) {
      return ImmutableMap.of();
    }
    tokens.expect(JsonToken.START_OBJECT, "an object as __metadata__");
    Map<String, String> strings = new LinkedHashMap<>();
    for (String key = tokens.nextName(); key != null; key = tokens.nextName()) {
      tokens.next();
      strings.put(key, tokens.string("a string in __metadata__"));
    }
    return ImmutableMap.copyOf(strings);
  }

  private Declared tensor(String name) throws SafetensorsException {
    tokens.enter(name);
    Declared tensor;
    if (tokens.next() == JsonToken.START_ARRAY) {
      tensor = tensorArray(name);
    } else {
      tokens.expect(JsonToken.START_OBJECT, "an object");
      tensor = tensorObject(name);
    }
    tokens.leave();
    return tensor;
  }

  private Declared tensorArray(String name) throws SafetensorsException {
    tokens.next();
    DType dtype = dtype();
    tokens.next();
    ImmutableLongArray shape = shape();
    tokens.next();
    offsets();
    tokens.next();
    tokens.expect(JsonToken.END_ARRAY, "three elements");
    return new Declared(name, dtype, shape, numbers[0], numbers[1]);
  }

  private Declared tensorObject(String name) throws SafetensorsException {
    DType dtype = null;
    ImmutableLongArray shape = null;
    boolean placed = false;
    long begin = 0;
    long end = 0;
    for (String field = tokens.nextName(); field != null; field = tokens.nextName()) {
      tokens.next();
      switch (field) {
        case "dtype" -> {
          requireFirst(dtype == null, field);
          dtype = dtype();
        }
        case "shape" -> {
          requireFirst(shape == null, field);
          shape = shape();
        }
        case "data_offsets" -> {
          requireFirst(!placed, field);
          offsets();
          begin = numbers[0];
          end = numbers[1];
          placed = true;
        }
        default -> tokens.skip();
      }
    }
    if (dtype == null || shape == null || !placed) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw tokens.malformed("found no " + missing, null);
    }
    return new Declared(name, dtype, shape, begin, end);
  }

  private void requireFirst(boolean first, String field) throws SafetensorsException {
    if (!first) {
      throw tokens.malformed("found %s twice, expected it once".formatted(field), null);
    }
  }

  private DType dtype() throws SafetensorsException {
    String dtype = tokens.string("a string as dtype");
    return DType.ofHeader(dtype)
        .orElseThrow(() ->
            tokens.failed(
                Reason.UNKNOWN_DTYPE,
                "Unknown dtype %s, expected one of %s; convert the file first"
                    .formatted(Names.quote(dtype), Arrays.toString(DType.values())),
                null));
  }

  private ImmutableLongArray shape() throws SafetensorsException {
    int rank = numbers("a list of unsigned 64-bit integers as shape");
    // Checkpoints have many tensors and few shapes.
    return shapes.computeIfAbsent(
        ImmutableLongArray.copyOf(Arrays.copyOf(numbers, rank)), shape -> shape);
  }

  /// Leaves begin and end in the first two [#numbers].
  private void offsets() throws SafetensorsException {
    String wanted = "two unsigned 64-bit integers as data_offsets";
    int count = numbers(wanted);
    if (count != 2) {
      throw tokens.malformed("found %d, expected %s".formatted(count, wanted), null);
    }
  }

  /// Reads a list into [#numbers] and returns its length.
  private int numbers(String wanted) throws SafetensorsException {
    tokens.expect(JsonToken.START_ARRAY, wanted);
    int count = 0;
    while (tokens.next() != JsonToken.END_ARRAY) {
      if (count == MAX_RANK) {
        throw tokens.malformed(
            "found more than %d elements in %s".formatted(MAX_RANK, wanted), null);
      }
      numbers[count++] = tokens.unsigned(wanted);
    }
    return count;
  }
}
