// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleFoldersTest {

  @TempDir Path directory;

  private Iterable<String> folders(String text) throws IOException {
    return ModuleFolders.read(Files.writeString(directory.resolve(ModuleFolders.FILE), text));
  }

  @Test
  void are_what_the_modules_name_once_each() throws IOException {
    assertThat(
            folders(
                """
                [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                 {"idx": 1, "name": "1", "path": "1_Pooling"}, {"path": "2_Dense-b"}, {"path": "1_Pooling"}]\
                """))
        .containsExactly("1_Pooling", "2_Dense-b");
  }

  @Test
  void names_that_lead_elsewhere_are_left_out() throws IOException {
    for (String path :
        List.of("..", ".", "../x", "/x", "a/b", "a\\\\b", "C:", "~", "a\\u0000", "é")) {
      assertThat(folders("[{\"path\": \"" + path + "\"}]")).as(path).isEmpty();
    }
  }

  @Test
  void a_file_that_is_missing_or_no_list_of_modules_names_none() throws IOException {
    assertThat(ModuleFolders.read(directory.resolve(ModuleFolders.FILE))).isEmpty();
    for (String text :
        List.of("", "[{", "\"a\"", "[7, {}, null, {\"path\": [\"a\"]}]", "[".repeat(9999))) {
      assertThat(folders(text)).as(text).isEmpty();
    }
  }

  @Test
  void a_file_beyond_all_measure_is_not_read() throws IOException {
    Path modules = directory.resolve(ModuleFolders.FILE);
    try (RandomAccessFile file = new RandomAccessFile(modules.toFile(), "rw")) {
      file.setLength(SmallFile.MOST_BYTES + 1L);
    }
    assertThatThrownBy(() -> ModuleFolders.read(modules))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected " + SmallFile.MOST_BYTES + " at most");
  }
}
