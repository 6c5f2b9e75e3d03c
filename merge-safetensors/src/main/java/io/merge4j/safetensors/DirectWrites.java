// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Rooms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// Whether and how an output is written past the system's page cache: in whole blocks, from aligned
/// memory, by a thread of its own.
///
/// The cache is the faster way for what it holds without effort. An output that is large beside the
/// machine's memory, and inputs as large, don't fit: there it has to be emptied page by page for
/// what will not be read again, and inputs leave it before they are read.
final class DirectWrites implements AutoCloseable {

  /// Smaller outputs are not worth the question how much memory there is.
  private static final long LEAST_BYTES = 4_000_000_000L;

  /// Outputs of so much of the memory are large: with two or three inputs they take half of it.
  private static final int SHARE = 8;

  /// Fewer bytes at a time are written through the cache.
  private static final int LEAST_WRITE = 1 << 18;

  /// The alignment of positions, sizes and memory.
  static final int BLOCK = 4096;

  /// Bytes that are written at once: a device is not kept busy with less, and takes no second write
  /// to a file meanwhile.
  static final int PIECE = 1 << 20;

  /// Bytes a second below which a device is left to the page cache, from which the system writes to
  /// all devices as suits them.
  private static final double LEAST_RATE = 2e8;

  /// After so many writes it is known how fast the device is.
  private static final int TRIALS = 64;

  private final int leastWrite;
  private final double leastRate;
  private final Rooms rooms = new Rooms(BLOCK, PIECE);

  /// Free while no piece is on its way. No blocking queue: a worker that waits at one is replaced
  /// by another, which would begin a stretch, too.
  private final Semaphore way = new Semaphore(1);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("merge4j-direct-writes").daemon().factory());
  private int writes;
  private long bytes;
  private double seconds;

  /// @param leastWrite how many bytes at a time are worth it
  /// @param leastRate bytes a second below which a device is left to the page cache
  DirectWrites(int leastWrite, double leastRate) {
    this.leastWrite = leastWrite;
    this.leastRate = leastRate;
  }

  /// As suits the output, the machine and the file system; none on systems where nobody has
  /// measured what it brings.
  ///
  /// @param bytes of the whole output
  static DirectWrites of(Path directory, long bytes) throws IOException {
    return bytes >= LEAST_BYTES
            && System.getProperty("os.name").equals("Linux")
            && BLOCK % Files.getFileStore(directory).getBlockSize() == 0
            && bytes > Memory.bytes(Path.of("/")) / SHARE
        ? new DirectWrites(LEAST_WRITE, LEAST_RATE)
        : new DirectWrites(Integer.MAX_VALUE, LEAST_RATE);
  }

  /// A channel past the cache to a file that exists.
  ///
  /// @throws UnsupportedOperationException if there is no such way
  static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, option());
  }

  /// The option that means the way past the cache; javac takes its name for the JDK's own affair.
  private static OpenOption option() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return Arrays.stream(options.getEnumConstants())
          .map(OpenOption.class::cast)
          .filter(option -> option.toString().equals("DIRECT"))
          .findAny()
          .orElseThrow(UnsupportedOperationException::new);
    } catch (ClassNotFoundException e) {
      throw new UnsupportedOperationException(e);
    }
  }

  /// Whether so many bytes at a time are worth it.
  boolean suits(int count) {
    return count >= leastWrite && !isSlow();
  }

  /// Room for pieces, of this way and of others.
  Rooms rooms() {
    return rooms;
  }

  /// Leaves a piece to the thread that writes, which does all in order, as soon as no other is on
  /// its way.
  ///
  /// @param room in which the piece is, given back afterwards
  void submit(ByteBuffer room, Runnable write) throws ClosedByInterruptException {
    try {
      way.acquire();
    } catch (InterruptedException e) {
      throw interrupted();
    }
    submit(() -> {
      try {
        write.run();
      } finally {
        rooms.give(room);
        way.release();
      }
    });
  }

  /// Leaves something else to that thread.
  void submit(Runnable work) {
    thread.execute(work);
  }

  /// Waits until all is done that was submitted before.
  void await() throws ClosedByInterruptException {
    CountDownLatch reached = new CountDownLatch(1);
    submit(reached::countDown);
    try {
      reached.await();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static ClosedByInterruptException interrupted() {
    Thread.currentThread().interrupt();
    return new ClosedByInterruptException();
  }

  /// Notes how long a write took.
  synchronized void took(long newBytes, double newSeconds) {
    writes++;
    bytes += newBytes;
    seconds += newSeconds;
  }

  private synchronized boolean isSlow() {
    return writes >= TRIALS && bytes / seconds < leastRate;
  }

  /// Ends the thread when it has done its work.
  @Override
  public void close() {
    thread.close();
  }
}
