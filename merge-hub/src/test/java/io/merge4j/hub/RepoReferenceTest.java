// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepoReferenceTest {

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "org/model", "Org-1/model_v1.5-x", "_a/b_", "a/b"})
  void accepts_ids(String id) {
    assertThat(RepoId.of(id).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "a/b/c", "/a", "a/", "a--b", "a..b", "a.git", "-a", "a-", ".a/b", "a b", "a/b\n", "ä/b"
      })
  void refuses_what_is_no_id(String id) {
    assertThatThrownBy(() -> RepoId.of(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Invalid repository id \"" + id + "\"");
  }

  @Test
  void refuses_long_names() {
    assertThat(RepoId.of("a".repeat(96)).id()).hasSize(96);
    assertThatThrownBy(() -> RepoId.of("a".repeat(97)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reads_the_revision() {
    assertThat(RepoReference.parse("org/model").revision()).isEqualTo("main");
    assertThat(RepoReference.parse("org/model@refs/pr/7").revision()).isEqualTo("refs/pr/7");
    assertThat(RepoReference.parse("org/model@v1")).hasToString("org/model@v1");
    assertThat(RepoReference.parse("a/b@" + LoopbackHub.COMMIT_A).isCommit()).isTrue();
    assertThat(RepoReference.parse("a/b@1111111").isCommit()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "..", "a/../b", "/a", "a/", "a\\b", "a//b", "a\n"})
  void refuses_revisions_that_lead_elsewhere(String revision) {
    assertThatThrownBy(() -> new RepoReference(RepoId.of("a/b"), revision))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "a/../x", "/x", "C:/x", "c:x", "a\\..\\x", "\\\\host\\x", "", "a//b", "."})
  void refuses_file_names_that_lead_elsewhere(String path) {
    assertThatThrownBy(() -> new RepositoryFile(path, 0, "", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void encodes_urls() {
    assertThat(RepositoryPath.encode("sub dir/notes é.txt"))
        .isEqualTo("sub%20dir/notes%20%C3%A9.txt");
    assertThat(RepositoryPath.encodeSegment("refs/pr/1")).isEqualTo("refs%2Fpr%2F1");
    assertThat(RepositoryPath.encode("a~b_c-d.e\\")).isEqualTo("a~b_c-d.e%5C");
  }
}
