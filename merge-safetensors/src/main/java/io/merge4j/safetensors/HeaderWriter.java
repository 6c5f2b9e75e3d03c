// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.JsonRecyclerPools;

/// Writes headers as the reference writer does: no white space, metadata first, tensors in the
/// order of their data, characters beyond ASCII as they are, padding with spaces to a multiple of
/// 8.
final class HeaderWriter {

  private static final int ALIGNMENT = 8;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
          .build();

  private HeaderWriter() {}

  /// The header without its length.
  ///
  /// @param tensors in the order of their data
  /// @throws IllegalArgumentException if the header is longer than the format allows
  static byte[] header(Iterable<TensorSpec> tensors, ImmutableMap<String, String> metadata) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    try (JsonGenerator json =
        JSON.createGenerator(ObjectWriteContext.empty(), header, JsonEncoding.UTF8)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(HeaderParser.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringProperty(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (TensorSpec tensor : tensors) {
        long end = begin + tensor.bytes();
        write(json, tensor, begin, end);
        begin = end;
      }
      json.writeEndObject();
    }
    int padding = Math.floorMod(-header.size(), ALIGNMENT);
    header.writeBytes(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    if (header.size() > SafetensorsHeader.MAX_BYTES) {
      throw new IllegalArgumentException(
          "Header too large: %d bytes, the format allows %d; write smaller shards"
              .formatted(header.size(), SafetensorsHeader.MAX_BYTES));
    }
    return header.toByteArray();
  }

  private static void write(JsonGenerator json, TensorSpec tensor, long begin, long end) {
    json.writeObjectPropertyStart(tensor.name());
    json.writeStringProperty("dtype", tensor.dtype().name());
    json.writeArrayPropertyStart("shape");
    tensor.shape().dimensions().forEach(json::writeNumber);
    json.writeEndArray();
    json.writeArrayPropertyStart("data_offsets");
    json.writeNumber(begin);
    json.writeNumber(end);
    json.writeEndArray();
    json.writeEndObject();
  }
}
