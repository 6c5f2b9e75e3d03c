// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a download leaves in the cache, and what it asks of the server.
class HubDownloadTest extends HubFixture {

  @Test
  void downloads_what_a_merge_needs() throws IOException {
    Path directory = hub().download(MODEL);
    assertSnapshot(directory);
    assertThat(server.cdn.seen()).noneMatch(seen -> seen.headers().containsKey("authorization"));
  }

  @Test
  void lays_the_cache_out_as_huggingface_hub_does() throws IOException {
    Path directory = hub().download(MODEL);
    String sha256 = Bytes.sha256(files.get("model.safetensors"));
    String sha1 = Bytes.gitSha1(files.get("config.json"));
    assertThat(Files.readSymbolicLink(directory.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs/" + sha256));
    assertThat(Files.readSymbolicLink(directory.resolve("config.json")))
        .isEqualTo(Path.of("../../blobs/" + sha1));
    assertThat(Files.readString(folder().resolve("refs/main"))).isEqualTo(COMMIT);
    assertThat(Files.readString(cache.resolve("CACHEDIR.TAG")))
        .startsWith("Signature: 8a477f597d28d172789f06886806bc55\n");
    assertThat(cache.resolve(".locks/models--org--model/" + sha1 + ".lock")).isEmptyFile();
    assertThat(FileTree.fromJson(Files.readString(folder().resolve("trees/" + COMMIT + ".json"))))
        .hasValueSatisfying(tree -> assertThat(tree.files()).hasSize(files.size()));
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("config.json"))))
        .startsWith("rw-r");
  }

  @Test
  void downloads_every_file_if_asked_to() throws IOException {
    Path directory = hub().open(MODEL).download(file -> true, DownloadListener.none());
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      assertThat(directory.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
    assertThat(Files.readSymbolicLink(directory.resolve("sub dir/notes é.txt")).toString())
        .startsWith("../../../blobs/");
  }

  @Test
  void asks_for_nothing_twice() throws IOException {
    Hub hub = hub();
    hub.download(MODEL);
    server.hub.forget();
    server.cdn.forget();
    assertSnapshot(hub.download(MODEL));
    assertThat(server.hub.seen()).hasSize(1);
    assertThat(server.cdn.seen()).isEmpty();
    server.hub.forget();
    hub().download(MODEL + "@" + COMMIT);
    assertThat(server.hub.seen()).isEmpty();
  }

  @Test
  void works_offline_with_what_is_cached() throws IOException {
    hub().download(MODEL);
    server.close();
    Hub offline = builder().offline(true).build();
    assertSnapshot(offline.download(MODEL));
    assertThat(offline.open(MODEL).path("config.json")).hasBinaryContent(files.get("config.json"));
    assertThatThrownBy(() -> offline.open(MODEL).path("pytorch_model.bin"))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("offline")
        .hasMessageContaining("HF_HUB_OFFLINE");
  }

  @Test
  void takes_the_cache_when_the_hub_is_out_of_reach() throws IOException {
    hub().download(MODEL);
    server.close();
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void follows_a_branch_that_moves() throws IOException {
    hub().download(MODEL);
    files.put("config.json", Bytes.text("{\"new\":1}"));
    server.repo(MODEL).commit("main", LoopbackHub.COMMIT_B, files);
    Path directory = hub().download(MODEL);
    assertThat(directory).endsWith(Path.of(LoopbackHub.COMMIT_B));
    assertThat(directory.resolve("config.json")).hasContent("{\"new\":1}");
    assertThat(folder().resolve("refs/main")).hasContent(LoopbackHub.COMMIT_B);
    assertThat(server.cdn.seen()).as("unchanged weights are not transferred again").hasSize(5);
  }

  @Test
  void resolves_branches_with_slashes_and_pull_requests() throws IOException {
    server.repo(MODEL).commit("feature/x", COMMIT, files).commit("refs/pr/1", COMMIT, files);
    hub().open(MODEL + "@feature/x").path("config.json");
    hub().open(MODEL + "@refs/pr/1").path("config.json");
    assertThat(folder().resolve("refs/feature/x")).hasContent(COMMIT);
    assertThat(folder().resolve("refs/refs/pr/1")).hasContent(COMMIT);
    assertThat(server.hub.seen()).anyMatch(seen -> seen.target().contains("refs%2Fpr%2F1"));
  }

  @Test
  void follows_renamed_repositories_and_the_resolve_cache_with_the_token() throws IOException {
    server.usesResolveCache = true;
    server.repo("old/name").movedTo = MODEL;
    Hub hub = builder().token(LoopbackHub.TOKEN).build();
    Path directory = hub.open("old/name").download(file -> true, DownloadListener.none());
    assertThat(directory.resolve("sub dir/notes é.txt")).hasContent("notes");
    assertThat(server.hub.seen())
        .allMatch(seen -> seen.headers().get("authorization").equals("Bearer hf_good"))
        .anyMatch(seen -> seen.path().startsWith("/api/resolve-cache/"));
    assertThat(server.cdn.seen()).noneMatch(seen -> seen.headers().containsKey("authorization"));
  }

  @Test
  void reads_all_pages_of_the_tree() {
    server.pageSize = 2;
    assertThat(hub().open(MODEL).files()).hasSize(files.size());
  }

  @Test
  void refuses_file_names_that_leave_the_repository() {
    files.put("../evil.json", Bytes.text("x"));
    server.repo(MODEL).commit("main", COMMIT, files);
    assertThatThrownBy(() -> hub().download(MODEL))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("../evil.json");
    assertThat(folder().resolve("snapshots")).doesNotExist();
  }

  @Test
  void stores_plain_files_where_links_are_switched_off() throws IOException {
    Environment environment =
        new Environment(Map.of("HF_HUB_DISABLE_SYMLINKS", "1"), temporary.resolve("home"));
    Hub hub =
        new HubBuilder(environment).endpoint(URI.create(server.hub.url())).cache(cache).build();
    Path directory = hub.download(MODEL);
    assertThat(directory.resolve("model.safetensors")).isRegularFile();
    assertThat(Files.isSymbolicLink(directory.resolve("model.safetensors"))).isFalse();
    assertThat(folder().resolve("blobs")).isEmptyDirectory();
    server.close();
    assertSnapshot(builder().offline(true).build().download(MODEL));
  }

  @Test
  void copies_a_blob_that_others_may_hold_where_links_are_switched_off() throws IOException {
    hub().download(MODEL);
    Files.delete(folder().resolve("snapshots/" + COMMIT + "/config.json"));
    new RepoCache(cache, RepoId.of(MODEL), Links.NONE)
        .link(Bytes.gitSha1(files.get("config.json")), COMMIT, "config.json", false);
    assertThat(folder().resolve("blobs/" + Bytes.gitSha1(files.get("config.json")))).exists();
    assertSnapshot(folder().resolve("snapshots/" + COMMIT));
  }

  @Test
  void reports_progress_of_every_file() {
    List<String> calls = new ArrayList<>();
    Map<String, Long> last = new TreeMap<>();
    hub()
        .download(
            MODEL,
            new DownloadListener() {
              @Override
              public void started(ImmutableList<RepositoryFile> all, long bytes, long missing) {
                calls.add(all.size() + " files");
                assertThat(bytes).isEqualTo(missing).isGreaterThan(300_000);
              }

              @Override
              public void advanced(RepositoryFile file, long received) {
                last.put(file.path(), received);
              }

              @Override
              public void finished(RepositoryFile file) {
                calls.add(file.path());
              }
            });
    assertThat(calls)
        .startsWith("5 files")
        .containsExactlyInAnyOrder(
            "5 files",
            "README.md",
            "config.json",
            "empty.txt",
            "model.safetensors",
            "tokenizer.json");
    last.forEach((path, received) -> assertThat(received).isEqualTo(files.get(path).length));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1000})
  void checks_free_disk_before_it_begins(long free) {
    Hub hub = builder().freeSpace(place -> free).build();
    assertThatThrownBy(() -> hub.download(MODEL))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DISK_FULL))
        .hasMessageContaining("%,d free", free)
        .hasMessageContaining("HF_HUB_CACHE");
    assertThat(server.cdn.seen()).isEmpty();
  }

  @Test
  void marks_files_that_the_repository_does_not_have() {
    Snapshot snapshot = hub().open(MODEL);
    assertThatThrownBy(() -> snapshot.path("nope.json"))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FILE_NOT_FOUND));
    assertThat(folder().resolve(".no_exist/" + COMMIT + "/nope.json")).isEmptyFile();
    // Others find the mark by the revision, and take a revision without a snapshot for damage.
    assertThat(folder().resolve("refs/main")).hasContent(COMMIT);
    assertThat(folder().resolve("snapshots/" + COMMIT)).isEmptyDirectory();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void locks_may_be_taken_by_the_group_whatever_the_umask() throws IOException {
    hub().download(MODEL);
    try (Stream<Path> locks = Files.list(cache.resolve(".locks/models--org--model"))) {
      assertThat(locks)
          .isNotEmpty()
          .allSatisfy(lock ->
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                  .isEqualTo("rw-rw-r--"));
    }
  }

  @Test
  void reads_a_range_without_storing_anything() throws IOException {
    Snapshot snapshot = hub().open(MODEL);
    RepositoryFile weights = snapshot.find("model.safetensors").orElseThrow();
    byte[] content = files.get("model.safetensors");
    assertThat(snapshot.read(weights, 0, 100)).isEqualTo(Arrays.copyOf(content, 100));
    assertThat(snapshot.read(weights, 200_000, 300_000))
        .isEqualTo(Arrays.copyOfRange(content, 200_000, 300_000));
    server.ignoresRanges = true;
    assertThat(snapshot.read(weights, 1000, 2000))
        .isEqualTo(Arrays.copyOfRange(content, 1000, 2000));
    assertThat(folder().resolve("blobs")).doesNotExist();
    assertThat(snapshot.cached("model.safetensors")).isEqualTo(Optional.empty());
    snapshot.path("model.safetensors");
    server.close();
    assertThat(snapshot.read(weights, 5, 9)).isEqualTo(Arrays.copyOfRange(content, 5, 9));
  }

  @Test
  void a_listener_may_end_a_download() {
    CancellationException pressed = new CancellationException("by the user");
    DownloadListener listener =
        new DownloadListener() {
          @Override
          public void advanced(RepositoryFile file, long received) {
            if (file.path().equals("model.safetensors")) {
              throw pressed;
            }
          }
        };
    assertThatThrownBy(() -> hub().download(MODEL, listener)).isSameAs(pressed);
    assertThat(folder().resolve("snapshots/" + COMMIT + "/model.safetensors")).doesNotExist();
  }
}
