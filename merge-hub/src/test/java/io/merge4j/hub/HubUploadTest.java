// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Publishing a directory.
class HubUploadTest extends HubFixture {

  private static final RepoId TARGET = RepoId.of("me/m");

  private Path directory;

  @BeforeEach
  void writeModel() throws IOException {
    directory = temporary.resolve("out");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path target = directory.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
    Files.createDirectories(directory.resolve(".git"));
    Files.writeString(directory.resolve(".git/HEAD"), "ref");
    Files.writeString(directory.resolve("notes.ignored"), "x");
  }

  private Hub writer() {
    return builder().token(LoopbackHub.TOKEN).build();
  }

  private Map<String, byte[]> published() {
    LoopbackHub.Repo repo = server.repos.get("me/m");
    return repo.commits.get(repo.refs.get("main"));
  }

  private void assertPublished() {
    assertThat(published().keySet()).isEqualTo(files.keySet());
    files.forEach((path, content) -> assertThat(published().get(path)).isEqualTo(content));
  }

  @Test
  void publishes_a_directory_and_downloads_it_again() throws IOException {
    UploadReport report = writer().upload(directory, TARGET, UploadOptions.standard().asPrivate());
    assertPublished();
    assertThat(server.repos.get("me/m").isPrivate).isTrue();
    assertThat(report.committed()).containsExactlyInAnyOrderElementsOf(files.keySet());
    assertThat(report.transferred()).isEqualTo(files.get("model.safetensors").length);
    assertThat(report.page()).hasToString(server.hub.url() + "/me/m");
    assertThat(server.cdn.seen())
        .noneMatch(seen -> seen.headers().containsKey("authorization"))
        .allMatch(seen -> seen.headers().containsKey("content-length"));
    Path again = writer().download("me/m");
    assertThat(again.resolve("model.safetensors")).hasBinaryContent(files.get("model.safetensors"));
  }

  @Test
  void sends_large_files_in_parts() {
    server.uploads.chunkSize = 70_000;
    writer().upload(directory, TARGET, UploadOptions.standard());
    assertPublished();
    assertThat(server.cdn.seen()).hasSize(5);
  }

  @Test
  void addresses_on_the_public_hub_are_those_of_the_endpoint() {
    for (int chunk : new int[] {0, 70_000}) {
      server.uploads.namesPublicHub = true;
      server.uploads.chunkSize = chunk;
      server.stored.clear();
      server.hub.forget();
      server.repos.remove("me/m");
      writer().upload(directory, TARGET, UploadOptions.standard());
      assertPublished();
      assertThat(server.hub.seen())
          .filteredOn(seen -> seen.path().matches("/s3/.*|.*/complete_multipart|.*/verify"))
          .extracting(seen -> seen.headers().containsKey("authorization"))
          .containsExactly(false, true);
    }
  }

  @Test
  void reports_progress_that_ends_at_the_total_whatever_breaks_on_the_way() {
    long size = files.get("model.safetensors").length;
    server.uploads.chunkSize = 70_000;
    server.cdn.plan(seen -> seen.method().equals("PUT"), Fault.ERROR_503, 1);
    List<Long> sent = new ArrayList<>();
    writer()
        .upload(
            directory,
            TARGET,
            UploadOptions.standard(),
            (bytes, total) -> {
              assertThat(total).isEqualTo(size);
              sent.add(bytes);
            });
    assertPublished();
    assertThat(sent).last().isEqualTo(size);
    assertThat(sent).allMatch(bytes -> bytes >= 0 && bytes <= size);
  }

  @Test
  void sends_nothing_that_is_there_already() throws IOException {
    writer().upload(directory, TARGET, UploadOptions.standard());
    server.cdn.forget();
    UploadReport second = writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(second.commit()).isEmpty();
    assertThat(second.unchanged()).isEqualTo(files.size());
    files.put("config.json", Bytes.text("{\"changed\":true}"));
    Files.write(directory.resolve("config.json"), files.get("config.json"));
    UploadReport third = writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(third.committed()).containsExactly("config.json");
    assertThat(server.cdn.seen()).isEmpty();
    assertPublished();
  }

  @Test
  void goes_on_after_an_upload_that_failed_before_the_commit() {
    server.hub.plan(seen -> seen.path().contains("/commit/"), Fault.BAD_REQUEST, 1);
    assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOf(HubException.class);
    server.cdn.forget();
    UploadReport report = writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(report.transferred()).isZero();
    assertThat(server.cdn.seen()).isEmpty();
    assertPublished();
  }

  @Test
  void asks_for_new_addresses_once_when_the_signed_ones_have_expired() {
    for (int chunk : new int[] {0, 70_000}) {
      server.uploads.chunkSize = chunk;
      server.stored.clear();
      server.cdn.forget();
      server.hub.forget();
      server.repos.remove("me/m");
      server.cdn.plan(seen -> seen.method().equals("PUT"), Fault.FORBIDDEN, 1);
      writer().upload(directory, TARGET, UploadOptions.standard());
      assertPublished();
      assertThat(server.hub.seen()).filteredOn(seen -> seen.path().endsWith("/batch")).hasSize(2);
    }
  }

  @Test
  void refusals_of_the_storage_host_are_not_blamed_on_the_token() {
    server.cdn.plan(seen -> seen.method().equals("PUT"), Fault.FORBIDDEN, 1000);
    assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
        .hasMessageContaining("model.safetensors of me/m")
        .hasMessageContaining("the storage host 127.0.0.1 refused it")
        .hasMessageContaining("status 403")
        .message()
        .doesNotContain("token", "Cannot find repository");
    assertThat(server.cdn.seen()).hasSize(2);
  }

  @Test
  void publishes_a_directory_that_is_a_link() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), directory);
    writer().upload(link, TARGET, UploadOptions.standard());
    assertPublished();
  }

  @Test
  void answers_that_leave_files_out_are_not_taken_for_success() {
    for (String step : List.of("/preupload/", "/batch")) {
      server.hub.plan(seen -> seen.path().contains(step), Fault.EMPTY_OBJECT, 1);
      assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
          .isInstanceOfSatisfying(
              HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT))
          .hasMessageContaining("the server's answer leaves out");
    }
  }

  @Test
  void creates_the_branch_that_it_uploads_to() {
    UploadOptions options = UploadOptions.standard().revision("feature/x");
    writer().upload(directory, TARGET, UploadOptions.standard());
    String main = server.repos.get("me/m").refs.get("main");
    writer().upload(directory, TARGET, options);
    assertThat(server.repos.get("me/m").refs).containsEntry("feature/x", main);
    server.hub.forget();
    assertThat(writer().upload(directory, TARGET, options).commit()).isEmpty();
    assertThat(server.hub.seen()).noneMatch(seen -> seen.target().contains("/branch/"));
    assertThatThrownBy(
            () -> writer().upload(directory, TARGET, options.revision("y").asPullRequest()))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REVISION_NOT_FOUND));
  }

  @Test
  void opens_a_pull_request() {
    UploadOptions options = UploadOptions.standard().message("Merge", "two models").asPullRequest();
    UploadReport report = writer().upload(directory, TARGET, options);
    assertThat(report.page()).hasToString(server.hub.url() + "/me/m/discussions/7");
    assertThat(server.repos.get("me/m").refs).containsOnlyKeys("refs/pr/7");
    assertThat(server.hub.seen())
        .filteredOn(seen -> seen.path().endsWith("/batch"))
        .noneMatch(seen -> seen.text().contains("\"ref\""));
  }

  @Test
  void commits_to_a_repository_that_the_token_may_not_create() {
    server.repo("me/m").commit("main", COMMIT, Map.of("config.json", Bytes.text("old")));
    server.uploads.mayCreate = false;
    writer().upload(directory, TARGET, UploadOptions.standard());
    assertPublished();
  }

  @Test
  void says_what_is_wrong() throws IOException {
    assertThatThrownBy(() -> hub().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("there is no token");
    assertThat(server.hub.seen()).isEmpty();
    assertThatThrownBy(() -> UploadOptions.standard().revision("a/../b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid revision");
    Files.writeString(directory.resolve("README.md"), "---\nbad: [\n---\n");
    assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
        .hasMessageContaining("README.md is not valid")
        .hasMessageContaining("bad YAML in the front matter");
    assertThatThrownBy(() -> UploadOptions.standard().message(" ", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_commit_whose_answer_was_lost_is_found_on_the_branch() {
    server.hub.plan(seen -> seen.path().contains("/commit/"), Fault.NO_ANSWER, 1);
    UploadReport report = writer().upload(directory, TARGET, UploadOptions.standard());
    assertPublished();
    assertThat(report.commit()).isEqualTo(server.repos.get("me/m").refs.get("main"));
    assertThat(server.hub.seen()).filteredOn(seen -> seen.path().contains("/commit/")).hasSize(1);
  }

  @Test
  void a_commit_is_repeated_only_on_the_head_that_lacks_it() {
    Map<String, byte[]> old = Map.of("config.json", Bytes.text("old"));
    server.repo("me/m").commit("main", COMMIT, old);
    server.hub.plan(seen -> seen.path().contains("/commit/"), Fault.UNSEEN, 1);
    writer().upload(directory, TARGET, UploadOptions.standard());
    assertPublished();
    assertThat(server.hub.seen())
        .filteredOn(seen -> seen.path().contains("/commit/"))
        .extracting(seen -> seen.text().contains("\"parentCommit\":\"" + COMMIT + "\""))
        .containsExactly(false, true);
  }

  @Test
  void says_so_when_it_cannot_know_whether_the_commit_was_made() {
    server.hub.plan(seen -> seen.path().contains("/commit/"), Fault.NO_ANSWER, 2);
    assertThatThrownBy(
            () -> writer().upload(directory, TARGET, UploadOptions.standard().asPullRequest()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("Cannot tell whether the commit to me/m was made")
        .hasMessageContaining("/me/m/discussions, and if it is not there, upload again");
    server.hub.plan(seen -> seen.path().contains("/revision/"), Fault.ERROR_500, 1000);
    assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("look at " + server.hub.url() + "/me/m/commits/main");
  }

  @Test
  void a_card_in_another_encoding_is_named() throws IOException {
    Files.write(directory.resolve("README.md"), new byte[] {'#', ' ', (byte) 0xe9, '\n'});
    assertThatThrownBy(() -> writer().upload(directory, TARGET, UploadOptions.standard()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("README.md is not text in UTF-8");
  }
}
