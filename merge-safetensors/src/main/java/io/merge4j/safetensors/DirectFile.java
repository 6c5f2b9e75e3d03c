// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.safetensors.Seams.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The way to one file past the page cache, as long as it is open.
final class DirectFile implements AutoCloseable {

  private final DirectWrites direct;
  private final Sink cached;
  private final SharedChannel channel;

  /// Used by the thread that writes alone.
  private final Seams seams;

  private volatile boolean blocked;
  private volatile boolean used;
  private volatile boolean closed;

  /// Set by the thread that writes alone.
  private volatile @Nullable IOException failure;

  /// @param path of a file that exists when it is written to
  /// @param cached takes what can't be written past the cache
  DirectFile(Path path, DirectWrites direct, Sink cached) {
    this.direct = direct;
    this.cached = cached;
    this.channel = new SharedChannel(() -> DirectWrites.open(path));
    this.seams = new Seams(DirectWrites.BLOCK, cached);
  }

  /// Whether so many bytes at a time are best written this way.
  boolean suits(int count) {
    return !blocked && direct.suits(count);
  }

  /// Takes a copy of bytes, to be written soon.
  ///
  /// @throws IOException if earlier ones could not be written
  void copy(long position, ByteBuffer bytes) throws IOException {
    long origin = position - bytes.position();
    while (bytes.hasRemaining()) {
      int from = bytes.position();
      int count = Math.min(bytes.remaining(), DirectWrites.PIECE);
      ByteBuffer room = direct.rooms().take(origin + from, count);
      write(origin + from, room.put(room.position(), bytes, from, count));
      bytes.position(from + count);
    }
  }

  /// Takes a piece in room of its own, to be written soon.
  ///
  /// @throws IOException if earlier ones could not be written
  void write(long position, ByteBuffer room) throws IOException {
    used = true;
    direct.submit(room, () -> attempt(() -> transfer(room, position - room.position())));
    requireNoFailure();
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(Attempt attempt) {
    boolean ended = false;
    try {
      attempt.run();
      ended = true;
    } catch (IOException e) {
      failed(e);
      ended = true;
    } finally {
      if (!ended) {
        failed(new IOException("The thread that writes failed"));
      }
    }
  }

  private void failed(IOException reason) {
    failure = failure == null ? reason : failure;
  }

  /// Writes a piece past the cache, or through it. What is wrong with the device, if it is not the
  /// way, shows then.
  private void transfer(ByteBuffer piece, long origin) throws IOException {
    if (!blocked) {
      seams.fit(origin, piece);
    }
    long position = origin + piece.position();
    if (piece.hasRemaining() && (blocked || !isWritten(position, piece.duplicate()))) {
      cached.write(position, piece);
    }
  }

  private boolean isWritten(long position, ByteBuffer blocks) {
    try {
      long start = System.nanoTime();
      int count = blocks.remaining();
      channel.write(position, blocks);
      direct.took(count, (System.nanoTime() - start) / 1e9);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      blocked = true;
      return false;
    }
  }

  private void requireNoFailure() throws IOException {
    IOException known = failure;
    if (known != null) {
      throw known;
    }
  }

  /// Waits until all that was taken before is in the file; more may be taken meanwhile.
  void settle() throws IOException {
    if (used) {
      direct.submit(() -> attempt(seams::drain));
      direct.await();
    }
    requireNoFailure();
  }

  /// Gives the file's handle back, after what is under way, until it is written to again.
  void release() {
    if (used) {
      direct.submit(this::releaseChannel);
    }
  }

  private void releaseChannel() {
    seams.trim();
    try {
      channel.release();
    } catch (IOException e) {
      // Its writes have told what there was to tell.
    }
  }

  /// As [#release], for good; what is under way need not arrive.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      blocked = true;
      release();
    }
  }
}
