// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The way to one file past the page cache, as long as it is open.
final class DirectFile implements AutoCloseable {

  /// The way through the page cache.
  @FunctionalInterface
  interface Cached {
    void write(long position, ByteBuffer bytes) throws IOException;
  }

  private final DirectWrites direct;
  private final Cached cached;
  private final SharedChannel channel;
  private volatile boolean blocked;
  private volatile boolean used;
  private volatile boolean closed;

  /// Set by the thread that writes alone.
  private volatile @Nullable IOException failure;

  /// @param path of a file that exists when it is written to
  /// @param cached takes what can't be written past the cache
  DirectFile(Path path, DirectWrites direct, Cached cached) {
    this.direct = direct;
    this.cached = cached;
    this.channel = new SharedChannel(() -> DirectWrites.open(path));
  }

  /// How many of `count` bytes to write from the first block on; 0 if that is not worth it.
  int whole(long position, int count) {
    return blocked ? 0 : direct.whole(position, count);
  }

  /// Takes whole blocks, to be written soon.
  ///
  /// @throws IOException if earlier ones could not be written
  void write(long position, ByteBuffer blocks) throws IOException {
    long origin = position - blocks.position();
    while (blocks.hasRemaining()) {
      long at = origin + blocks.position();
      ByteBuffer copy = direct.copy(blocks);
      used = true;
      direct.submit(() -> run(at, copy));
    }
    requireNoFailure();
  }

  private void run(long position, ByteBuffer blocks) {
    IOException result = new IOException("The thread that writes failed");
    try {
      result = tried(position, blocks);
    } finally {
      failure = failure == null ? result : failure;
    }
  }

  /// Writes blocks past the cache, or through it. What is wrong with the device, if it is not the
  /// way, shows then.
  private @Nullable IOException tried(long position, ByteBuffer blocks) {
    try {
      if (blocked || !isWritten(position, blocks)) {
        cached.write(position, blocks.rewind());
      }
      return null;
    } catch (IOException e) {
      return e;
    } finally {
      direct.free(blocks);
    }
  }

  private boolean isWritten(long position, ByteBuffer blocks) {
    try {
      long start = System.nanoTime();
      channel.write(position, blocks);
      direct.took(blocks.limit(), (System.nanoTime() - start) / 1e9);
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
