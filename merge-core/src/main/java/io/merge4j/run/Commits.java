// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.merge4j.MergeException;
import io.merge4j.tensor.CheckpointWriter;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Brings finished tensors into the journal, many at a time: first their bytes are forced to the
/// storage device, then their lines are appended, then the journal is forced.
///
/// A thread of its own does so, which nobody interrupts. It rests four times as long as a round
/// took, so that forcing takes a fifth of the time at most. A journal that can't be written any
/// more does not end the merge; there will be less to go on from. Bytes that can't be forced do:
/// the system tells that they are lost once, and the next time it is asked all seems well.
final class Commits implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("io.merge4j");
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Journal journal;
  private final CheckpointWriter writer;
  private final boolean sync;
  private final Thread thread;
  private List<JournalEntry> pending = new ArrayList<>();
  private int committed;
  private boolean closing;
  private @Nullable IOException loss;

  /// @param sync whether to force; else lines are appended at once
  Commits(Journal journal, CheckpointWriter writer, boolean sync) {
    this.journal = journal;
    this.writer = writer;
    this.sync = sync;
    this.thread = Thread.ofPlatform().name("merge4j-journal").daemon().unstarted(this::run);
    thread.start();
  }

  /// A tensor was written whole.
  ///
  /// @throws MergeException as of [#requireForced]
  synchronized void add(JournalEntry entry) {
    requireForced();
    pending.add(entry);
    notifyAll();
  }

  /// Number of tensors that the journal has got.
  synchronized int committed() {
    return committed;
  }

  /// Ends a merge whose bytes the storage device did not take.
  ///
  /// @throws MergeException if so
  synchronized void requireForced() {
    if (loss != null) {
      throw new MergeException(
          "Cannot force the output to the storage device: %s; check its space and state"
              .formatted(loss.getMessage()),
          loss);
    }
  }

  private void run() {
    try {
      long rest = 0;
      for (List<JournalEntry> batch = next(rest); !batch.isEmpty(); batch = next(rest)) {
        long start = System.nanoTime();
        commit(batch);
        rest = sync ? Math.max(REST_NANOS, 4 * (System.nanoTime() - start)) : 0;
      }
    } catch (IOException | RuntimeException | InterruptedException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The journal of finished tensors cannot be written any more: " + e);
    }
  }

  /// Waits for tensors; empty when there will be no more.
  private synchronized List<JournalEntry> next(long rest) throws InterruptedException {
    long end = System.nanoTime() + rest;
    for (long left = rest; left > 0 && !closing; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    while (pending.isEmpty() && !closing) {
      wait();
    }
    List<JournalEntry> batch = pending;
    pending = new ArrayList<>();
    return batch;
  }

  private void commit(List<JournalEntry> batch) throws IOException {
    if (sync) {
      force();
    }
    journal.append(batch);
    if (sync) {
      journal.force();
    }
    synchronized (this) {
      committed += batch.size();
    }
  }

  private void force() throws IOException {
    try {
      writer.force();
    } catch (IOException e) {
      // A file that could not be opened, since too many are open, has lost nothing.
      if (!(e instanceof FileSystemException)) {
        synchronized (this) {
          loss = e;
        }
      }
      throw e;
    }
  }

  /// Commits what is left, and ends.
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    Uninterruptibles.joinUninterruptibly(thread);
    journal.close();
  }
}
