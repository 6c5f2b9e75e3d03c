// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/// A channel that many threads use, opened when one needs it.
///
/// Interrupting a thread that is inside a channel closes it for all threads. Those that were not
/// interrupted open it again and repeat what they did, which by position is harmless.
final class SharedChannel implements AutoCloseable {

  /// What is done with the channel.
  @FunctionalInterface
  interface Access {
    void to(FileChannel channel) throws IOException;
  }

  /// Opens the channel.
  @FunctionalInterface
  interface Opening {
    FileChannel open() throws IOException;
  }

  private final Opening opening;
  private volatile @Nullable FileChannel channel;
  private boolean closed;

  SharedChannel(Opening opening) {
    this.opening = opening;
  }

  /// Does something with the channel.
  ///
  /// @return whether it was done; if not, another thread closed the channel at that moment by being
  ///   interrupted
  boolean use(Access access) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      // Entering the channel now would close it for the others.
      throw new ClosedByInterruptException();
    }
    try {
      access.to(channel());
      return true;
    } catch (ClosedChannelException e) {
      if (e instanceof ClosedByInterruptException && Thread.currentThread().isInterrupted()) {
        throw e;
      }
      // Closed by another's interrupt, or by an earlier one of this thread, which the channel may
      // tell of once more.
      requireOpen();
      return false;
    }
  }

  /// Writes all bytes, those that remain in the buffer.
  void write(long position, ByteBuffer bytes) throws IOException {
    long origin = position - bytes.position();
    while (bytes.hasRemaining()) {
      use(open -> open.write(bytes, origin + bytes.position()));
    }
  }

  private FileChannel channel() throws IOException {
    FileChannel current = channel;
    return current != null && current.isOpen() ? current : reopen();
  }

  private synchronized FileChannel reopen() throws IOException {
    requireOpen();
    FileChannel current = channel;
    if (current == null || !current.isOpen()) {
      current = opening.open();
      channel = current;
    }
    return current;
  }

  private synchronized void requireOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  /// Gives the file's handle back until the channel is needed again.
  synchronized void release() throws IOException {
    FileChannel current = channel;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    release();
  }
}
