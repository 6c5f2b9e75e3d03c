// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;

/// Four small trained models that come with the program.
///
/// Each is a Llama of 416,352 parameters with a character tokenizer. `letters-base` reverses, sorts
/// and shifts strings of letters a little; `letters-rev`, `letters-sort` and `letters-next` are
/// fine-tuned from it to do one of that well.
final class BuiltInModels {

  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json");

  private BuiltInModels() {}

  /// Writes the model's directory below `parent`, replacing its files if they are there already.
  ///
  /// @return the directory
  static Path unpack(String name, Path parent) throws IOException {
    Path directory = parent.resolve(name);
    Files.createDirectories(directory);
    for (String file : FILES) {
      String resource = "models/" + name + "/" + file;
      try (InputStream in =
          Objects.requireNonNull(
              BuiltInModels.class.getResourceAsStream(resource), () -> "no resource " + resource)) {
        Files.copy(in, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return directory;
  }
}
