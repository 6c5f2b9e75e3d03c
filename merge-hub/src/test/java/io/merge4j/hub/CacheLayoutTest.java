// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Caches as huggingface_hub 1.33.0 leaves them; it read ours, tried by hand, with links and
/// without, online and offline, and left the same files but for the white space in `trees`.
class CacheLayoutTest extends HubFixture {

  /// Written by huggingface_hub 1.33.0.
  private static final String TREE =
      """
      {
       "format_version": 1,
       "files": {
        "config.json": {
         "size": 22,
         "blob_id": "0972e95c1405cc1507c19dcbe784f7a36c930907"
        },
        "model.safetensors": {
         "size": 300071,
         "blob_id": "70feab5579d932d411f8a09f39d680744899e886",
         "lfs_sha256": "6a64988db5827440c53c86f78303a2eccb74974e0d9ea100bea136d48c4ee77d",
         "lfs_size": 300071,
         "xet_hash": "abababababababababababababababababababababababababababababababab"
        }
       }
      }\
      """;

  @Test
  void reads_and_writes_the_listing_of_a_commit() {
    FileTree tree = FileTree.fromJson(TREE).orElseThrow();
    assertThat(tree.files())
        .containsExactly(
            new RepositoryFile(
                "config.json",
                22,
                "0972e95c1405cc1507c19dcbe784f7a36c930907",
                "0972e95c1405cc1507c19dcbe784f7a36c930907"),
            new RepositoryFile(
                "model.safetensors",
                300071,
                "70feab5579d932d411f8a09f39d680744899e886",
                "6a64988db5827440c53c86f78303a2eccb74974e0d9ea100bea136d48c4ee77d"));
    assertThat(tree.toJson().replaceAll("\\s", "")).isEqualTo(TREE.replaceAll("\\s", ""));
  }

  @Test
  void ignores_listings_that_are_damaged_or_newer() {
    assertThat(FileTree.fromJson("{")).isEmpty();
    assertThat(FileTree.fromJson("{\"format_version\":2,\"files\":{}}")).isEmpty();
    assertThat(FileTree.fromJson("{\"format_version\":1,\"files\":{\"../x\":{}}}")).isEmpty();
    assertThat(FileTree.fromJson(TREE.replace("6a64988db", "../../../"))).isEmpty();
    assertThat(FileTree.fromJson(TREE.replace("0972e95c", "../../.."))).isEmpty();
  }

  @Test
  void reads_blobs_that_are_links_into_the_shared_store() throws IOException {
    byte[] weights = files.get("model.safetensors");
    Path store = Files.createDirectories(cache.resolve("blobs/ab")).resolve("abab");
    Files.write(store, weights);
    Path blobs = Files.createDirectories(folder().resolve("blobs"));
    Files.createSymbolicLink(blobs.resolve(Bytes.sha256(weights)), Path.of("../../blobs/ab/abab"));
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).isEmpty();
    assertThat(store).hasBinaryContent(weights);
  }

  @Test
  void reads_snapshots_without_a_listing() throws IOException {
    Path snapshot = cacheWithoutListing("config.json");
    Snapshot offline = builder().offline(true).build().open(MODEL);
    assertThat(offline.files()).extracting(RepositoryFile::path).containsExactly("config.json");
    assertThatThrownBy(offline::download)
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OFFLINE))
        .hasMessageContaining("Cannot download the weights of org/model: offline");
    Files.write(snapshot.resolve("model.safetensors"), files.get("model.safetensors"));
    assertThat(builder().offline(true).build().download(MODEL)).isEqualTo(snapshot);
  }

  @Test
  void a_file_that_a_snapshot_without_a_listing_lacks_is_not_taken_for_absent() throws IOException {
    cacheWithoutListing("config.json");
    server.hub.plan(seen -> true, Fault.ERROR_503, 1000);
    Snapshot snapshot = hub().open(MODEL);
    assertThatThrownBy(() -> snapshot.path("tokenizer.json"))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
        .hasMessageContaining("org/model@" + COMMIT)
        .hasMessageContaining("status 503");
    assertThat(folder().resolve(".no_exist")).doesNotExist();
    server.hub.clearPlans();
    assertThat(hub().open(MODEL).path("tokenizer.json"))
        .hasBinaryContent(files.get("tokenizer.json"));
  }

  @Test
  void a_shard_that_a_snapshot_without_a_listing_lacks_is_not_blamed_on_the_index()
      throws IOException {
    Path snapshot = Files.createDirectories(folder().resolve("snapshots/" + COMMIT));
    Files.writeString(
        snapshot.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"w\":\"model-00001-of-00001.safetensors\"}}");
    Hub offline = builder().offline(true).build();
    assertThatThrownBy(() -> offline.download(MODEL + "@" + COMMIT))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OFFLINE))
        .hasMessageContaining("model-00001-of-00001.safetensors");
  }

  /// huggingface_hub does it while we download the same file: its `flock` and our lock don't meet.
  @Test
  void blob_that_another_program_has_moved_to_its_place_is_there() throws IOException {
    Path blob = temporary.resolve("blob");
    Path entry = temporary.resolve("entry");
    for (boolean isNew : new boolean[] {true, false}) {
      assertThatThrownBy(() -> Links.NONE.put(blob, entry, isNew))
          .isInstanceOf(NoSuchFileException.class);
    }
    Files.writeString(entry, "content");
    for (boolean isNew : new boolean[] {true, false}) {
      Links.NONE.put(blob, entry, isNew);
      assertThat(entry).hasContent("content");
    }
  }

  @Test
  void ref_with_a_line_break_is_no_commit() throws IOException {
    Files.createDirectories(folder().resolve("refs"));
    Files.writeString(folder().resolve("refs/main"), COMMIT + "\n");
    assertThat(new RepoCache(cache, RepoId.of(MODEL), Links.SYMBOLIC).notes().commitOf("main"))
        .isEmpty();
  }
}
