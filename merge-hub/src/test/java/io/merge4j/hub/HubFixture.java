// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test against a Hub on loopback, with an empty cache.
abstract class HubFixture {

  static final String MODEL = "org/model";
  static final String COMMIT = LoopbackHub.COMMIT_A;

  @TempDir Path temporary;
  Path cache;
  LoopbackHub server;
  Map<String, byte[]> files = Bytes.smallModel();
  final byte[] weights = files.get("model.safetensors");

  @BeforeEach
  final void startServer() throws IOException {
    server = new LoopbackHub();
    server.repo(MODEL).commit("main", COMMIT, files);
    cache = temporary.resolve("cache");
  }

  @AfterEach
  final void stopServer() throws IOException {
    server.close();
  }

  /// A builder that knows the server, with waits fit for tests.
  HubBuilder builder() {
    return new HubBuilder(new Environment(Map.of(), temporary.resolve("home")))
        .endpoint(URI.create(server.hub.url()))
        .cache(cache)
        .metadataTimeout(Duration.ofSeconds(1))
        .stallTimeout(Duration.ofSeconds(1))
        .partSize(64 << 10)
        .retries(3, Duration.ofMillis(5));
  }

  Hub hub() {
    return builder().build();
  }

  /// The class path of a process of its own. Maven runs tests as a named module, with the classes
  /// of the test patched in.
  static String classPath() {
    return Stream.of(
            System.getProperty("java.class.path"),
            System.getProperty("jdk.module.path"),
            "target/test-classes")
        .filter(Objects::nonNull)
        .collect(Collectors.joining(File.pathSeparator));
  }

  Path folder() {
    return cache.resolve("models--org--model");
  }

  /// What a program leaves behind that has downloaded a few files and no listing: their links, here
  /// plain files, and the commit.
  ///
  /// @return the snapshot's directory
  Path cacheWithoutListing(String... names) throws IOException {
    Path snapshot = Files.createDirectories(folder().resolve("snapshots/" + COMMIT));
    for (String name : names) {
      Files.write(snapshot.resolve(name), files.get(name));
    }
    Files.createDirectories(folder().resolve("refs"));
    Files.writeString(folder().resolve("refs/main"), COMMIT);
    return snapshot;
  }

  /// The place of the weights' content.
  Path blob() {
    return folder().resolve("blobs/" + Bytes.sha256(weights));
  }

  /// The place where their download keeps account.
  Path journal() {
    return cache.resolve(".locks/models--org--model/" + Bytes.sha256(weights) + ".parts");
  }

  /// Whether this asks for a part of a file that is not its first.
  static boolean isLaterPart(HttpPort.Seen seen) {
    return !seen.headers().getOrDefault("range", "").startsWith("bytes=0-");
  }

  /// All of `files` that a merge needs are in the cache, and right.
  void assertSnapshot(Path directory) throws IOException {
    assertThat(directory).isEqualTo(folder().resolve("snapshots").resolve(COMMIT));
    for (String name : List.of("config.json", "tokenizer.json", "README.md", "model.safetensors")) {
      assertThat(directory.resolve(name)).as(name).hasBinaryContent(files.get(name));
    }
    assertThat(directory.resolve("pytorch_model.bin")).doesNotExist();
    assertThat(folder().resolve("refs/main")).hasContent(COMMIT);
    assertNothingTemporary();
  }

  /// Whatever is visible under `snapshots` is whole.
  void assertNothingHalf() throws IOException {
    Path snapshots = folder().resolve("snapshots");
    if (!Files.exists(snapshots)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(snapshots)) {
      for (Path file : walk.filter(path -> !Files.isDirectory(path)).toList()) {
        String name = snapshots.resolve(COMMIT).relativize(file).toString();
        assertThat(file).hasBinaryContent(files.get(name));
      }
    }
  }

  void assertNothingTemporary() throws IOException {
    try (Stream<Path> walk = Files.walk(cache)) {
      assertThat(walk.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.matches(".*\\.(incomplete|tmp|link|parts)"));
    }
  }
}
