// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A checkpoint on disk that can't be read or written.
///
/// The message tells what is wrong, what to do, and ends in the file and, where there is one, the
/// offset of the byte at fault.
public final class SafetensorsException extends IOException {

  private static final long serialVersionUID = 1L;

  /// What is wrong. Those up to [#NOT_COVERED] are checked for each file in this order, and the
  /// first that applies is reported.
  public enum Reason {
    /// The file can't be opened or read, or is no regular file.
    UNREADABLE,
    /// The operating system refused to map the file into memory.
    MAP_FAILED,
    /// Fewer than the 8 bytes of the header length.
    HEADER_TOO_SMALL,
    /// A Git LFS pointer lies in the place of the file.
    LFS_POINTER,
    /// The header length exceeds [SafetensorsHeader#MAX_BYTES].
    HEADER_TOO_LARGE,
    /// The header would go beyond the end of the file.
    INVALID_HEADER_LENGTH,
    /// The header is not valid UTF-8.
    INVALID_UTF8,
    /// The header is not valid JSON, or not of the format's shape.
    INVALID_JSON,
    /// An element type that the format does not have.
    UNKNOWN_DTYPE,
    /// Two tensors of one name, in one file or in two shards.
    DUPLICATE_TENSOR,
    /// Data that does not begin where the tensor before it ends, or ends before it begins.
    INVALID_OFFSET,
    /// A shape whose size exceeds 63 bits.
    OVERFLOW,
    /// Elements of 4 or 6 bits that end inside a byte.
    MISALIGNED,
    /// Data whose length is not that of the shape and element type.
    WRONG_SIZE,
    /// The tensors end before or after the end of the file.
    NOT_COVERED,
    /// The index of a sharded checkpoint is not of the expected form, or too large.
    INVALID_INDEX,
    /// The index names a file outside its directory or of another kind.
    UNSAFE_SHARD_NAME,
    /// A shard that the index names does not exist.
    MISSING_SHARD,
    /// The index says that a tensor is where it is not.
    INDEX_MISMATCH,
    /// There are shards, but no index that tells which belong together.
    MISSING_INDEX,
    /// Nothing of this format lies there.
    NO_WEIGHTS,
    /// A file can't be created or written, for example for lack of space.
    UNWRITABLE
  }

  private final Reason reason;
  private final String file;
  private final long offset;

  SafetensorsException(
      Reason reason, String problem, String file, long offset, @Nullable Throwable cause) {
    super("%s (file %s, offset %d)".formatted(problem, file, offset), cause);
    this.reason = reason;
    this.file = file;
    this.offset = offset;
  }

  SafetensorsException(Reason reason, String problem, String file, @Nullable Throwable cause) {
    super("%s (file %s)".formatted(problem, file), cause);
    this.reason = reason;
    this.file = file;
    this.offset = -1;
  }

  /// What to throw where reading a file ends in `cause`.
  static IOException unreadable(Path path, Exception cause) {
    String remedy =
        Files.exists(path)
            ? "check its permissions and the disk"
            : Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                ? "it links to a file that is not there, fetch that again"
                : "check the path";
    String problem = "Cannot read %s: %s; %s".formatted(path.getFileName(), cause, remedy);
    return of(cause, Reason.UNREADABLE, problem, path);
  }

  /// What to throw where writing a file ends in `cause`.
  static IOException unwritable(Path path, IOException cause) {
    String problem =
        "Cannot write %s: %s; check space and permissions".formatted(path.getFileName(), cause);
    return of(cause, Reason.UNWRITABLE, problem, path);
  }

  /// The cause itself if it says what is wrong, or is an interruption, which callers know by its
  /// type.
  private static IOException of(Exception cause, Reason reason, String problem, Path path) {
    return switch (cause) {
      case SafetensorsException known -> known;
      case ClosedByInterruptException interrupted -> interrupted;
      default -> new SafetensorsException(reason, problem, path.toString(), cause);
    };
  }

  /// What is wrong.
  public Reason reason() {
    return reason;
  }

  /// The file at fault, as it was given.
  public String file() {
    return file;
  }

  /// Position in the file of what is wrong, if it has one.
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }
}
