// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableSet;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The folders of a sentence-transformers model, such as `1_Pooling`: what its modules are made of,
/// without which it does not load.
public final class ModuleFolders {

  /// The file that names them.
  public static final String FILE = "modules.json";

  private ModuleFolders() {}

  /// The folders that a file names. Whatever is no plain name of letters, digits, `_` and `-` is
  /// left out, so that none leads elsewhere; what can't be understood names none, as does a file
  /// that is not there.
  ///
  /// @param modules the `modules.json` of a model
  /// @throws IOException if it can't be read, or is larger than any is
  public static ImmutableSet<String> read(Path modules) throws IOException {
    if (!Files.isRegularFile(modules)) {
      return ImmutableSet.of();
    }
    try {
      return JsonMapper.shared()
          .readTree(SmallFile.bytes(modules))
          .valueStream()
          .map(module -> module.path("path").stringValue(""))
          .filter(path -> path.matches("[A-Za-z0-9_-]+"))
          .collect(ImmutableSet.toImmutableSet());
    } catch (JacksonException e) {
      // As it comes along, so it was.
      return ImmutableSet.of();
    }
  }
}
