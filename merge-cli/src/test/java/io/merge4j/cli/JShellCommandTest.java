// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JShellCommandTest {

  @Test
  void runs_the_merge_of_its_first_screen_from_a_pipe(@TempDir Path temp) {
    Path out = temp.resolve("merged");
    String snippets =
        """
        var merge = Merger.slerp(rev, sort).t(0.5).filter("self_attn", 0, 0.5, 0.3, 0.7, 1)
        merge.writeTo(Path.of("%s"))
        """
            .formatted(out.toString().replace("\\", "\\\\"));
    InputStream stdin = System.in;
    try {
      System.setIn(new ByteArrayInputStream(snippets.getBytes(StandardCharsets.UTF_8)));
      assertThat(Cli.run("jshell").status()).isZero();
    } finally {
      System.setIn(stdin);
    }
    assertThat(out).isDirectoryContaining("glob:**/model.safetensors");
  }
}
