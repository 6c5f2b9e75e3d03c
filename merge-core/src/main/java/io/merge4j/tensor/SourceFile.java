// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/// A file that a checkpoint reads, as it was when it was opened.
///
/// @param path absolute
/// @param bytes its size
/// @param modified when it was last modified
/// @param key what the file system tells files apart by, beyond their names; empty where it has no
///   such thing
/// @param digest of what it begins and ends with, or of all of it
public record SourceFile(
    Path path, long bytes, FileTime modified, Optional<Object> key, String digest) {

  /// What became of a file since.
  public enum Change {
    /// Nothing that shows.
    NONE,
    /// It was written to, or truncated: what is read now is not what was planned.
    MODIFIED,
    /// Another file stands in its place, or none; an open checkpoint still reads the old one.
    REPLACED
  }

  /// A file with these attributes.
  public static SourceFile of(Path path, BasicFileAttributes attributes, String digest) {
    return new SourceFile(
        path.toAbsolutePath(),
        attributes.size(),
        attributes.lastModifiedTime(),
        Optional.ofNullable(attributes.fileKey()),
        digest);
  }

  /// A small file, digested whole.
  public static SourceFile read(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    byte[] content = SmallFile.bytes(path);
    return of(path, attributes, Hashing.murmur3_128().hashBytes(content).toString());
  }

  /// What became of the file since it was opened, as far as size, time and identity tell.
  public Change change() {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException e) {
      return Change.REPLACED;
    }
    if (!key.equals(Optional.ofNullable(now.fileKey()))) {
      return Change.REPLACED;
    }
    boolean same = now.size() == bytes && now.lastModifiedTime().equals(modified);
    return same ? Change.NONE : Change.MODIFIED;
  }
}
