// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// A file on its way to a repository.
///
/// @param path place in the repository
/// @param file the content
/// @param size length of the content in bytes
record UploadFile(String path, Path file, long size) {

  private static final int SAMPLE = 512;
  private static final Set<String> PRIVATE_DIRECTORIES = ImmutableSet.of(".git", ".cache");

  /// All files below a directory, sorted by path, without what belongs to git and to caches.
  ///
  /// @param start may be a link to the directory
  static ImmutableList<UploadFile> below(Path start) throws IOException {
    Path directory = start.toRealPath();
    ImmutableList.Builder<UploadFile> files = ImmutableList.builder();
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
        String path = directory.relativize(file).toString().replace('\\', '/');
        RepositoryPath.check(path);
        boolean isPrivate =
            Arrays.stream(path.split("/", -1))
                .anyMatch(part -> PRIVATE_DIRECTORIES.contains(part.toLowerCase(Locale.ROOT)));
        if (!isPrivate) {
          files.add(new UploadFile(path, file, Files.size(file)));
        }
      }
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
    return files.build();
  }

  /// The beginning of the content, from which the Hub guesses its kind.
  byte[] sample() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(SAMPLE);
    }
  }
}
