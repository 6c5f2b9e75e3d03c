// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.SmallFile;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The checksums of an output's tensors, taken while they were written, and the file that keeps
/// them.
public final class Checksums {

  /// Its name beside the weights.
  public static final String FILE = "merge4j.checksums.json";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Map<String, Integer> byTensor = new ConcurrentHashMap<>();

  void add(JournalEntry entry) {
    byTensor.put(entry.tensor(), entry.checksum());
  }

  /// The file's text.
  String toJson(CheckpointLayout layout) {
    ImmutableMap.Builder<String, Integer> inOrder = ImmutableMap.builder();
    for (TensorSpec spec : layout.tensors()) {
      Integer checksum = byTensor.get(spec.name());
      if (checksum != null) {
        inOrder.put(spec.name(), checksum);
      }
    }
    return toJson(inOrder.buildOrThrow());
  }

  /// The file's text: `crc32c`, and in it each tensor's checksum as eight hexadecimal digits.
  public static String toJson(ImmutableMap<String, Integer> checksums) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode tensors = root.putObject("crc32c");
    checksums.forEach((tensor, checksum) -> tensors.put(tensor, print(checksum)));
    return JSON.writeValueAsString(root) + "\n";
  }

  /// A checksum as it stands in the file.
  static String print(int checksum) {
    return HexFormat.of().toHexDigits(checksum);
  }

  /// The checksums recorded in a model's directory, by tensor; empty if there is no such file.
  ///
  /// @throws IOException if the file is not what [#toJson] makes
  static Optional<Map<String, String>> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (InputStream in = SmallFile.open(file)) {
      if (JSON.readTree(in).path("crc32c") instanceof ObjectNode tensors) {
        return Optional.of(
            tensors.properties().stream()
                .collect(
                    ImmutableMap.toImmutableMap(
                        Map.Entry::getKey, entry -> entry.getValue().asString(""))));
      }
    } catch (JacksonException e) {
      throw new IOException("it is no JSON: " + e.getOriginalMessage(), e);
    }
    throw new IOException("found no object crc32c in it");
  }
}
