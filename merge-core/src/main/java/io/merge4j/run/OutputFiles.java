// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import io.merge4j.model.ModelConfig;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// Files that are written into a directory beside the weights.
///
/// @param sync whether they are forced to the storage device
public record OutputFiles(Path directory, boolean sync, Set<String> written) {

  /// Files that are written into a directory that is there.
  public OutputFiles(Path directory, boolean sync) {
    this(directory, sync, new LinkedHashSet<>());
  }

  /// What writes a file.
  @FunctionalInterface
  public interface Content {
    /// Writes it.
    void write(OutputStream output) throws IOException;
  }

  /// Copies the files of a directory whose name is `wanted` and that are not written yet.
  void copyAll(Path source, Predicate<String> wanted) throws IOException {
    for (Path path : sorted(source)) {
      String name = String.valueOf(path.getFileName());
      if (wanted.test(name)) {
        copy(path, name);
      }
    }
  }

  /// Copies the files of a directory in a directory, if there is one, whose name is `wanted`.
  void copyDirectory(Path source, String name, Predicate<String> wanted) throws IOException {
    if (Files.isDirectory(source.resolve(name))) {
      for (Path path : sorted(source.resolve(name))) {
        String file = String.valueOf(path.getFileName());
        if (wanted.test(file)) {
          copy(path, name + "/" + file);
        }
      }
    }
  }

  private static List<Path> sorted(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return new ArrayList<>(paths.sorted().toList());
    }
  }

  private void copy(Path file, String name) throws IOException {
    if (Files.isRegularFile(file) && !written.contains(name)) {
      Path target = directory.resolve(name);
      Path parent = target.getParent();
      Files.createDirectories(parent == null ? directory : parent);
      write(name, output -> Files.copy(file, output));
    }
  }

  /// Writes a text.
  public void write(String name, String text) throws IOException {
    write(name, output -> output.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  void write(String name, Content content) throws IOException {
    try (OutputStream output =
        new BufferedOutputStream(Files.newOutputStream(directory.resolve(name)))) {
      content.write(output);
    }
    finish(name);
  }

  private void finish(String name) throws IOException {
    if (sync) {
      try (FileChannel channel =
          FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    written.add(name);
  }

  /// A JSON file of an input; empty if there is none.
  ObjectNode read(Path source, String name) throws IOException {
    return ModelConfig.read(source.resolve(name)).json();
  }

  ImmutableList<String> names() {
    return ImmutableList.copyOf(written);
  }
}
