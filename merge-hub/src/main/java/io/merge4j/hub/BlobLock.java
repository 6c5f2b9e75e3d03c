// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.util.concurrent.Striped;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/// Keeps two downloads of the same blob apart, in this process and among Java processes.
///
/// A courtesy that saves work: nothing goes wrong without it, since all content is written under
/// unique names. It does not keep Python programs away, whose `flock` on Linux knows nothing of the
/// record locks of Java.
final class BlobLock implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(BlobLock.class.getName());
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration NOTICE = Duration.ofSeconds(10);
  // Closing any channel of a file gives up all of the process's locks on it, so within the process
  // only one thread at a time may have the file open.
  private static final Striped<Lock> WITHIN_PROCESS = Striped.lazyWeakLock(1 << 12);

  private final Lock local;
  private final @Nullable FileChannel channel;
  private final boolean isExclusive;

  private BlobLock(Lock local, @Nullable FileChannel channel, boolean isExclusive) {
    this.local = local;
    this.channel = channel;
    this.isExclusive = isExclusive;
  }

  /// Waits until nobody else holds the lock.
  static BlobLock acquire(Path file) {
    Lock local = WITHIN_PROCESS.get(file.toAbsolutePath());
    try {
      local.lockInterruptibly();
    } catch (InterruptedException e) {
      throw RetryPolicy.interrupted(e);
    }
    FileChannel channel = null;
    try {
      Files.createDirectories(Links.directoryOf(file));
      channel = open(file);
      lock(channel, file);
      return new BlobLock(local, channel, true);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "No lock on {0}: {1}", file, e);
      return new BlobLock(local, channel, false);
    } catch (Throwable e) {
      new BlobLock(local, channel, false).close();
      throw e;
    }
  }

  private static FileChannel open(Path file) throws IOException {
    try {
      FileChannel created =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      share(file);
      return created;
    } catch (FileAlreadyExistsException e) {
      return FileChannel.open(file, StandardOpenOption.WRITE);
    }
  }

  /// Lets the group lock it, too, whatever the umask, as huggingface_hub does.
  private static void share(Path file) {
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(Level.DEBUG, "Cannot share {0} with the group: {1}", file, e);
    }
  }

  private static void lock(FileChannel channel, Path file) throws IOException {
    long waited = 0;
    while (!tryLock(channel)) {
      RetryPolicy.sleep(POLL);
      waited += POLL.toMillis();
      if (waited % NOTICE.toMillis() == 0) {
        LOG.log(Level.INFO, "Still waiting for another program to download {0}", file);
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // Held by a copy of this library in another class loader.
      return false;
    }
  }

  /// Whether no other Java process can hold the lock; false where files can't be locked.
  boolean isExclusive() {
    return isExclusive;
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Cannot close a lock file", e);
    } finally {
      local.unlock();
    }
  }
}
