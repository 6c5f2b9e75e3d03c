// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The checked header of one safetensors file: which tensors it holds and where.
///
/// Parsing needs only the start of a file, so that a remote file can be looked at before it is
/// downloaded: fetch a first piece, ask [#extent] how long the start is, fetch the rest, and
/// [#parse].
///
/// *Source:* safetensors format, version 0.8.0. *Differs from:* its reference reader, which takes
/// the last of several tensors of one name: here they are an error, as the format's description has
/// it.
///
/// @param dataStart position in the file where the data begins
/// @param entries the tensors by name, in the order of their data
/// @param metadata the strings stored beside the tensors, in the order of the file
public record SafetensorsHeader(
    long dataStart, ImmutableMap<String, Entry> entries, ImmutableMap<String, String> metadata) {

  /// The longest header, in bytes, that the format allows.
  public static final int MAX_BYTES = 100_000_000;

  /// Size of the header length that every file begins with.
  static final int LENGTH_BYTES = 8;

  private static final String LFS_POINTER = "version https://git-lfs";

  /// One tensor.
  ///
  /// @param offset position of its first byte in the file
  public record Entry(TensorSpec spec, long offset) {}

  /// All tensors, in the order of their data.
  public ImmutableList<TensorSpec> specs() {
    return entries.values().stream().map(Entry::spec).collect(ImmutableList.toImmutableList());
  }

  /// How many bytes from the start of the file [#parse] needs: the header and its length.
  ///
  /// @param file the file's name, for messages
  /// @param fileSize size of the whole file in bytes
  /// @param start the first bytes of the file, at least 8 of them if it has as many; not consumed
  /// @throws SafetensorsException if the file is too short, or is no safetensors file
  public static int extent(String file, long fileSize, ByteBuffer start)
      throws SafetensorsException {
    if (fileSize < LENGTH_BYTES) {
      throw atStart(
          Reason.HEADER_TOO_SMALL,
          "Header too small: the file has %d bytes, expected at least 8; fetch or copy it again"
              .formatted(fileSize),
          file);
    }
    requireBytes(file, start, LENGTH_BYTES);
    long length = start.slice().order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 0 || length > MAX_BYTES) {
      throw tooLarge(file, length, start.slice());
    }
    if (length > fileSize - LENGTH_BYTES) {
      throw atStart(
          Reason.INVALID_HEADER_LENGTH,
          ("Invalid header length: %d bytes in a file of %d, expected at most %d; "
                  + "the file is cut off or damaged, fetch or copy it again")
              .formatted(length, fileSize, fileSize - LENGTH_BYTES),
          file);
    }
    return LENGTH_BYTES + (int) length;
  }

  /// Parses and checks a header.
  ///
  /// Time and memory are bounded by the header's own length, whatever it claims.
  ///
  /// @param file the file's name, for messages
  /// @param fileSize size of the whole file in bytes
  /// @param start at least the first [#extent] bytes of the file; not consumed
  /// @throws SafetensorsException if the file breaks the format
  public static SafetensorsHeader parse(String file, long fileSize, ByteBuffer start)
      throws SafetensorsException {
    int extent = extent(file, fileSize, start);
    requireBytes(file, start, extent);
    ByteBuffer json = start.slice(start.position() + LENGTH_BYTES, extent - LENGTH_BYTES);
    return HeaderParser.parse(file, json).check(extent, fileSize);
  }

  /// Parses and checks the header at the start of a stream, reading no further.
  ///
  /// @param file the file's name, for messages
  /// @param fileSize size of the whole file in bytes
  /// @throws IOException if the stream fails or ends early, or as [#parse(String, long,
  ///   ByteBuffer)]
  public static SafetensorsHeader parse(String file, long fileSize, InputStream in)
      throws IOException {
    int length = (int) Math.min(fileSize, LENGTH_BYTES);
    byte[] first = read(file, in, length);
    int extent = extent(file, fileSize, ByteBuffer.wrap(first));
    ByteBuffer start = ByteBuffer.allocate(extent).put(first);
    start.put(read(file, in, extent - length)).flip();
    return parse(file, fileSize, start);
  }

  private static byte[] read(String file, InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException(
          "The stream of %s ended inside its header: %d bytes, expected %d"
              .formatted(file, bytes.length, count));
    }
    return bytes;
  }

  private static void requireBytes(String file, ByteBuffer start, int wanted) {
    if (start.remaining() < wanted) {
      throw new IllegalArgumentException(
          "The start of %s has %d bytes, expected at least %d"
              .formatted(file, start.remaining(), wanted));
    }
  }

  private static SafetensorsException tooLarge(String file, long length, ByteBuffer start) {
    byte[] text = new byte[Math.min(start.remaining(), LFS_POINTER.length())];
    start.get(0, text);
    String begins = new String(text, StandardCharsets.ISO_8859_1);
    if (LFS_POINTER.startsWith(begins)) {
      return atStart(
          Reason.LFS_POINTER,
          "A Git LFS pointer in the place of the weights; fetch them with \"git lfs pull\"",
          file);
    }
    return atStart(
        Reason.HEADER_TOO_LARGE,
        ("Header too large: %s bytes, expected at most %d; the file begins with %s: "
                + "is it a safetensors file?")
            .formatted(
                Long.toUnsignedString(length),
                MAX_BYTES,
                Names.quote(begins.substring(0, LENGTH_BYTES))),
        file);
  }

  private static SafetensorsException atStart(Reason reason, String problem, String file) {
    return new SafetensorsException(reason, problem, file, 0, null);
  }
}
