// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A disk that loses power: what was not forced is gone.
///
/// A file keeps the content that it had when it was last forced, a directory the names. Renaming is
/// one step: it is kept in both directories once either is forced, as on file systems with a
/// journal.
final class LossyDisk extends FaultyDisk {

  /// What a loss of power takes of all that was not forced.
  enum Loss {
    /// Names and contents.
    ALL,
    /// Names; contents were written behind the program's back.
    NAMES,
    /// Contents; names were.
    CONTENTS,
    /// Contents, but for the sizes of files: zeros stand where nothing was written.
    BYTES
  }

  private final Path root;
  private final Path removed;
  private final Map<Object, byte[]> contents = new HashMap<>();
  private final Map<Object, Map<String, Object>> names = new HashMap<>();
  private int removals;

  /// @param root directory on the real disk; what it holds counts as forced
  /// @param removed empty directory beside it, where what is removed is kept
  LossyDisk(Path root, Path removed) throws IOException {
    this.root = root.toRealPath();
    this.removed = removed;
    forceAll();
  }

  private void forceAll() throws IOException {
    State now = new State(root);
    contents.clear();
    names.clear();
    contents.putAll(now.contents);
    names.putAll(now.names);
  }

  @Override
  synchronized void forced(Path path) throws IOException {
    Object key = key(path);
    if (!Files.isDirectory(path)) {
      contents.put(key, Files.readAllBytes(path));
      return;
    }
    State now = new State(root);
    Map<String, Object> after = Objects.requireNonNull(now.names.get(key));
    Map<String, Object> before = names.getOrDefault(key, Map.of());
    names.values().forEach(each -> each.values().removeAll(after.values()));
    Map<String, Object> gone = new HashMap<>(before);
    gone.values().removeAll(after.values());
    now.names.forEach((directory, listing) ->
        listing.forEach((name, file) -> {
          if (gone.containsValue(file)) {
            names.computeIfAbsent(directory, none -> new TreeMap<>()).put(name, file);
          }
        }));
    names.put(key, after);
  }

  /// Files keep their numbers as long as they are somewhere, so that no two share one.
  @Override
  synchronized void remove(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> entries = Files.list(path)) {
        if (entries.findAny().isPresent()) {
          throw new java.nio.file.DirectoryNotEmptyException(path.toString());
        }
      }
    }
    Files.move(path, removed.resolve(Integer.toString(removals++)));
  }

  /// The power fails; what is left is forced.
  synchronized void lose(Loss loss) throws IOException {
    boolean losesNames = loss == Loss.ALL || loss == Loss.NAMES;
    State now = new State(root);
    now.add(removed);
    Map<Object, Map<String, Object>> listings = losesNames ? names : now.names;
    Map<Object, byte[]> left = new HashMap<>();
    now.contents.forEach((file, bytes) ->
        left.put(file, left(loss, bytes, contents.getOrDefault(file, new byte[0]))));
    Object top = key(root);
    try (Stream<Path> entries = Files.list(root)) {
      for (Path entry : entries.toList()) {
        Directories.delete(entry);
      }
    }
    write(root, top, listings, left, now);
    Directories.delete(removed);
    Files.createDirectory(removed);
    forceAll();
  }

  private static byte[] left(Loss loss, byte[] now, byte[] forced) {
    return switch (loss) {
      case ALL, CONTENTS -> forced;
      case NAMES -> now;
      case BYTES -> Arrays.copyOf(forced, now.length);
    };
  }

  private static void write(
      Path directory,
      Object key,
      Map<Object, Map<String, Object>> listings,
      Map<Object, byte[]> contents,
      State now)
      throws IOException {
    for (Map.Entry<String, Object> entry : listings.getOrDefault(key, Map.of()).entrySet()) {
      Path path = directory.resolve(entry.getKey());
      byte[] bytes = contents.get(entry.getValue());
      if (bytes != null) {
        Files.write(path, bytes);
      } else if (now.names.containsKey(entry.getValue())) {
        Files.createDirectory(path);
        write(path, entry.getValue(), listings, contents, now);
      }
    }
  }

  private static Object key(Path path) throws IOException {
    return Objects.requireNonNull(
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey());
  }

  /// What stands on the real disk.
  private static final class State {
    final Map<Object, byte[]> contents = new HashMap<>();
    final Map<Object, Map<String, Object>> names = new HashMap<>();

    State(Path top) throws IOException {
      add(top);
    }

    void add(Path directory) throws IOException {
      Map<String, Object> listing = new TreeMap<>();
      names.put(key(directory), listing);
      try (Stream<Path> entries = Files.list(directory)) {
        for (Path entry : entries.toList()) {
          listing.put(entry.getFileName().toString(), key(entry));
          if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            add(entry);
          } else {
            contents.put(key(entry), Files.readAllBytes(entry));
          }
        }
      }
    }
  }
}
