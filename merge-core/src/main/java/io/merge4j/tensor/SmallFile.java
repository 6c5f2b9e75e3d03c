// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reading of the files beside the weights, such as configurations, which may come from anyone: a
/// pipe would block, a device might never end, and a text takes many times its size when it is
/// parsed.
public final class SmallFile {

  /// The most bytes that a file which is read whole may have, some ten times what is known to
  /// occur.
  public static final int MOST_BYTES = 64 << 20;

  private SmallFile() {}

  /// Its content.
  ///
  /// @throws IOException if it is no regular file, has more than [#MOST_BYTES], or can't be read
  public static byte[] bytes(Path file) throws IOException {
    try (InputStream input = open(file)) {
      byte[] content = input.readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        throw new IOException(
            "Cannot read %s: found %d bytes, expected %d at most"
                .formatted(file, Files.size(file), MOST_BYTES));
      }
      return content;
    }
  }

  /// Its content, in UTF-8.
  ///
  /// @throws IOException as of [#bytes], or if it is not UTF-8
  public static String text(Path file) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file))).toString();
  }

  /// Its content as a stream, of any length.
  ///
  /// @throws IOException if it is no regular file, or can't be read
  public static InputStream open(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(
          "Cannot read %s: found %s, expected a regular file; move it away"
              .formatted(
                  file, Files.isDirectory(file) ? "a directory" : "a pipe, socket or device"));
    }
    return Files.newInputStream(file);
  }
}
