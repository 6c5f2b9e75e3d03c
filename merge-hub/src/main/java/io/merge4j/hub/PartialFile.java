// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/// A blob on its way: content of known size that arrives in parts, in any order.
///
/// A journal beside the lock file tells a later process how much of each part has arrived. It names
/// the temporary file, so that no other program's is ever taken over:
///
///     8 bytes  "merge4j1"
///     8 bytes  length of the content
///     8 bytes  length of a part
///     8 bytes  the random part of the temporary file's name
///     8 bytes  for each part: how much of it has arrived
///
/// Data is written before the journal. After a crash of the machine the journal may still say too
/// much; the hash of the whole then shows it.
final class PartialFile implements AutoCloseable {

  private static final byte[] MAGIC = "merge4j1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 32;

  /// Shorter parts than this and than are wanted come of damage.
  private static final long LEAST_PART = 1 << 20;

  private final Path data;
  private final Path journal;
  private final FileChannel dataChannel;
  private final FileChannel journalChannel;
  private final long size;
  private final long partSize;
  private final AtomicLongArray received;

  /// @param creation whether the data is there or new
  private PartialFile(
      Path data, Path journal, long size, long partSize, StandardOpenOption creation)
      throws IOException {
    this.data = data;
    this.journal = journal;
    this.size = size;
    this.partSize = partSize;
    this.received = new AtomicLongArray(Math.toIntExact(Math.ceilDiv(size, partSize)));
    this.dataChannel =
        FileChannel.open(data, creation, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try {
      this.journalChannel =
          FileChannel.open(
              journal,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      dataChannel.close();
      throw e;
    }
  }

  /// Goes on with what an earlier process left behind, or begins anew.
  ///
  /// @param blob where the content is to appear; the temporary file is beside it
  /// @param mayResume whether nobody else can be at work on the same content
  static PartialFile open(Path blob, Path journal, long size, long partSize, boolean mayResume)
      throws IOException {
    if (mayResume) {
      ByteBuffer header = readHeader(journal);
      if (header.remaining() == HEADER && isMagic(header)) {
        long oldSize = header.getLong();
        long oldPartSize = header.getLong();
        Path data = temporary(blob, header);
        boolean isUsable = oldSize == size && oldPartSize >= Math.min(partSize, LEAST_PART);
        if (isUsable && isFile(data)) {
          PartialFile partial =
              new PartialFile(data, journal, size, oldPartSize, StandardOpenOption.WRITE);
          partial.readJournal();
          return partial;
        }
        Files.deleteIfExists(data);
      }
      if (!isFile(journal)) {
        // Someone else's link may lead anywhere.
        Files.deleteIfExists(journal);
      }
    }
    Path data = Links.temporary(blob, ".incomplete");
    Path ownJournal = mayResume ? journal : Links.temporary(journal, "");
    try {
      PartialFile partial =
          new PartialFile(data, ownJournal, size, partSize, StandardOpenOption.CREATE_NEW);
      partial.writeJournal();
      return partial;
    } catch (IOException e) {
      // Without a journal nobody would ever use it.
      Files.deleteIfExists(data);
      throw e;
    }
  }

  /// How many bytes an earlier process has left behind, 0 if none or unknown.
  ///
  /// @param size of the content
  static long arrived(Path blob, Path journal, long size) {
    long sum = 0;
    try {
      if (isFile(journal)) {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(journal));
        boolean isKnown = all.remaining() >= HEADER && isMagic(all) && all.getLong() == size;
        long part = isKnown ? all.getLong() : 0;
        boolean isThere = isKnown && isFile(temporary(blob, all));
        while (isThere && all.remaining() >= Long.BYTES) {
          sum += Math.clamp(all.getLong(), 0, part);
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return Math.min(sum, size);
  }

  private static boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  /// Forgets what an earlier process left behind; nobody else may be at work on the same content.
  static void discard(Path blob, Path journal) throws IOException {
    ByteBuffer header = readHeader(journal);
    if (header.remaining() == HEADER && isMagic(header)) {
      header.position(header.position() + 2 * Long.BYTES);
      Files.deleteIfExists(temporary(blob, header));
    }
    Files.deleteIfExists(journal);
  }

  /// @param header of the journal, at the random part of the name
  private static Path temporary(Path blob, ByteBuffer header) {
    byte[] bytes = new byte[8];
    header.get(bytes);
    String random = new String(bytes, StandardCharsets.US_ASCII);
    String hex = random.matches("[0-9a-f]{8}") ? random : "00000000";
    return blob.resolveSibling(blob.getFileName() + "." + hex + ".incomplete");
  }

  private static ByteBuffer readHeader(Path journal) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    if (isFile(journal)) {
      try (FileChannel channel = FileChannel.open(journal)) {
        channel.read(header, 0);
      }
    }
    return header.flip();
  }

  private static boolean isMagic(ByteBuffer header) {
    byte[] magic = new byte[MAGIC.length];
    header.get(magic);
    return Arrays.equals(magic, MAGIC);
  }

  private void readJournal() throws IOException {
    ByteBuffer counts = ByteBuffer.allocate(received.length() * Long.BYTES);
    while (counts.hasRemaining() && journalChannel.read(counts, HEADER + counts.position()) > 0) {
      // Until all is read, or the journal ends early.
    }
    counts.flip();
    long length = Files.size(data);
    for (int part = 0; counts.remaining() >= Long.BYTES; part++) {
      long count = counts.getLong();
      boolean possible = count >= 0 && count <= length(part) && start(part) + count <= length;
      received.set(part, possible ? count : 0);
    }
  }

  private void writeJournal() throws IOException {
    String name = data.getFileName().toString();
    int end = name.length() - ".incomplete".length();
    ByteBuffer all = ByteBuffer.allocate(HEADER + received.length() * Long.BYTES);
    all.put(MAGIC).putLong(size).putLong(partSize);
    all.put(name.substring(end - 8, end).getBytes(StandardCharsets.US_ASCII));
    journalChannel.truncate(0);
    writeFully(journalChannel, all.rewind(), 0);
  }

  int parts() {
    return received.length();
  }

  /// The part in which a byte of the content is.
  int part(long position) {
    return (int) (position / partSize);
  }

  /// Where a part begins, in bytes from the beginning of the content.
  long start(int part) {
    return part * partSize;
  }

  /// Length of a part in bytes; only the last one may be shorter than the others.
  long length(int part) {
    return Math.min(partSize, size - start(part));
  }

  /// How much of a part has arrived, in bytes from its beginning.
  long received(int part) {
    return received.get(part);
  }

  boolean isComplete(int part) {
    return received(part) == length(part);
  }

  /// How much has arrived in all.
  long received() {
    long sum = 0;
    for (int part = 0; part < received.length(); part++) {
      sum += received.get(part);
    }
    return sum;
  }

  /// Appends to a part. Each part has one writer at a time.
  ///
  /// @throws IOException if it is more than the part holds, or can't be written
  void append(int part, ByteBuffer bytes) throws IOException {
    long at = received(part);
    int count = bytes.remaining();
    if (count > length(part) - at) {
      throw new IOException("the server sent more than " + length(part) + " bytes");
    }
    writeFully(dataChannel, bytes, start(part) + at);
    note(part, at + count);
  }

  private void note(int part, long count) throws IOException {
    received.set(part, count);
    ByteBuffer entry = ByteBuffer.allocate(Long.BYTES).putLong(count).flip();
    writeFully(journalChannel, entry, HEADER + (long) part * Long.BYTES);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /// The temporary file.
  Path data() {
    return data;
  }

  /// Forgets all that has arrived, and the files.
  void discard() throws IOException {
    close();
    Files.deleteIfExists(data);
    Files.deleteIfExists(journal);
  }

  /// Ends writing, when everything has arrived.
  void finish() throws IOException {
    close();
    Files.deleteIfExists(journal);
  }

  @Override
  public void close() throws IOException {
    try (journalChannel) {
      dataChannel.close();
    }
  }
}
