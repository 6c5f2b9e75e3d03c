// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FilePatternsTest {

  private static boolean matches(String pattern, String path) {
    return FilePatterns.including(pattern).test(new RepositoryFile(path, 0, "", ""));
  }

  @Test
  void star_crosses_directories() {
    assertThat(matches("*.json", "a/b/config.json")).isTrue();
    assertThat(matches("*.json", "config.JSON")).isFalse();
    assertThat(matches("a/*", "a/b/c")).isTrue();
  }

  @Test
  void slash_at_the_end_means_everything_below() {
    assertThat(matches("onnx/", "onnx/model.onnx")).isTrue();
    assertThat(matches("onnx/", "onnx.txt")).isFalse();
  }

  @Test
  void sets_and_question_marks() {
    assertThat(matches("model-0000[1-3].bin", "model-00002.bin")).isTrue();
    assertThat(matches("model-0000[!1-3].bin", "model-00002.bin")).isFalse();
    assertThat(matches("m?del", "model")).isTrue();
    assertThat(matches("a[b", "a[b")).isTrue();
    assertThat(matches("a[]]b", "a]b")).isTrue();
    assertThat(matches("a.c", "abc")).isFalse();
    assertThat(matches("a[z-a]", "ab")).isFalse();
    assertThat(matches("a[z-ab]", "ab")).isTrue();
    assertThat(matches("a[!z-a]", "ab")).isTrue();
    assertThat(matches("a[a-]", "a-")).isTrue();
    assertThat(matches("a[-a]", "a-")).isTrue();
    assertThat(matches("[bb-9-a]", "b")).isTrue();
    assertThat(matches("[bb-9-a]", "9")).isFalse();
    assertThat(matches("[.-*!.]", "!")).isTrue();
  }

  @Test
  void exclusion_wins() {
    FilePatterns patterns = FilePatterns.of(List.of(), List.of("*.bin"));
    assertThat(patterns.test(new RepositoryFile("a.bin", 0, "", ""))).isFalse();
    assertThat(patterns.test(new RepositoryFile("a.json", 0, "", ""))).isTrue();
  }
}
