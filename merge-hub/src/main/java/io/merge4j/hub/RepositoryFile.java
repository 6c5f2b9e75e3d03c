// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// A file of a repository as the Hub lists it, whether it is on this machine or not.
///
/// @param path place in the repository, segments separated by `/`; never leaves the repository
/// @param size length of the content in bytes
/// @param blobId SHA-1 of the git object in hexadecimal; of the pointer if the content is in LFS
/// @param etag name of the content in the cache: its SHA-256 (64 hexadecimal digits) if it is in
///   LFS, else `blobId` (40 digits)
public record RepositoryFile(String path, long size, String blobId, String etag) {

  /// More than any file has, and few enough for sums of all of a repository.
  private static final long LARGEST = 1L << 46;

  /// Checks that the path stays inside a directory on every operating system.
  ///
  /// @throws IllegalArgumentException if it does not, or if the size is negative or beyond 64 TB
  public RepositoryFile {
    RepositoryPath.check(path);
    if (size < 0 || size > LARGEST) {
      throw new IllegalArgumentException("Invalid size of file \"" + path + "\": " + size);
    }
  }

  /// Whether the content is in large file storage, so that its SHA-256 is known.
  public boolean isLfs() {
    return etag.length() == ContentHash.SHA256_DIGITS;
  }

  /// The last segment of the path.
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// Whether the file lies at the top of the repository.
  boolean isTopLevel() {
    return path.indexOf('/') < 0;
  }
}
