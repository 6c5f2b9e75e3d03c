// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.core.util.Separators.Spacing;

/// Writes the index of a sharded checkpoint as transformers does, with Python's `json` module: two
/// spaces of indent, sorted keys, ASCII, a final newline.
final class IndexWriter {

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .build();

  private static final class PythonStyle extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      Separators separators =
          Separators.createDefaultInstance().withObjectNameValueSpacing(Spacing.AFTER);
      return new DefaultPrettyPrinter(separators)
          .withObjectIndenter(new DefaultIndenter("  ", "\n"));
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }

  private IndexWriter() {}

  static byte[] index(CheckpointLayout layout) {
    Map<String, String> weightMap = new TreeMap<>(Names::compare);
    long bytes = 0;
    long elements = 0;
    for (Shard shard : layout.shards()) {
      for (TensorSpec tensor : shard.tensors()) {
        weightMap.put(tensor.name(), shard.file());
        bytes += tensor.bytes();
        elements += tensor.elements();
      }
    }
    ByteArrayOutputStream index = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(new PythonStyle(), index, JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeObjectPropertyStart("metadata");
      json.writeNumberProperty("total_parameters", elements);
      json.writeNumberProperty("total_size", bytes);
      json.writeEndObject();
      json.writeObjectPropertyStart("weight_map");
      weightMap.forEach(json::writeStringProperty);
      json.writeEndObject();
      json.writeEndObject();
    }
    index.write('\n');
    return index.toByteArray();
  }
}
