// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.FileSource.Outcome;
import io.merge4j.hub.RangeAttempt.MismatchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/// Transfers the content of one file into a [PartialFile], its parts side by side.
///
/// A part that breaks off goes on where it stopped. It is given up after as many failures in a row
/// without progress worth the name as the retry policy allows.
final class BlobDownload {

  private final FileSource source;
  private final Semaphore connections;
  private final RepositoryFile file;
  private final PartialFile partial;
  private final Progress progress;
  private final AtomicBoolean isWithoutRanges = new AtomicBoolean();

  BlobDownload(
      FileSource source,
      Semaphore connections,
      RepositoryFile file,
      PartialFile partial,
      Progress progress) {
    this.source = source;
    this.connections = connections;
    this.file = file;
    this.partial = partial;
    this.progress = progress;
  }

  /// Transfers whatever is still missing.
  void run() {
    List<Runnable> missing = new ArrayList<>();
    for (int part = 0; part < partial.parts(); part++) {
      int number = part;
      if (!partial.isComplete(part)) {
        missing.add(() -> fetchPart(number));
      }
    }
    Parallel.run(missing);
    if (isWithoutRanges.get()) {
      fetchWhole();
    }
  }

  private void fetchPart(int part) {
    int failures = 0;
    while (!partial.isComplete(part) && !isWithoutRanges.get()) {
      long before = partial.received(part);
      long from = partial.start(part) + before;
      long to = partial.start(part) + partial.length(part);
      Outcome outcome = attempt(new RangeAttempt(from, to, file.size(), b -> store(part, b)));
      if (outcome.isRangeIgnored()) {
        isWithoutRanges.set(true);
        return;
      }
      long gained = partial.received(part) - before;
      failures = FileSource.isProgress(gained, partial.length(part)) ? 1 : failures + 1;
      if (!partial.isComplete(part)) {
        source.recover(outcome, failures);
      }
    }
  }

  /// For servers that can't send a part: everything in one go, from the beginning each time.
  private void fetchWhole() {
    for (int failures = 1; partial.received() < file.size() || failures == 1; failures++) {
      rewind();
      Outcome outcome = attempt(new RangeAttempt(0, file.size(), file.size(), this::storeNext));
      if (partial.received() < file.size()) {
        source.recover(outcome, failures);
      }
    }
  }

  private Outcome attempt(RangeAttempt attempt) {
    try {
      connections.acquire();
    } catch (InterruptedException e) {
      throw RetryPolicy.interrupted(e);
    }
    try {
      return source.attempt(attempt);
    } finally {
      connections.release();
    }
  }

  private boolean store(int part, ByteBuffer bytes) throws MismatchException {
    if (bytes.remaining() > partial.length(part) - partial.received(part)) {
      throw new MismatchException("the server sends more bytes than expected");
    }
    try {
      partial.append(part, bytes);
    } catch (IOException e) {
      throw localError(e);
    }
    progress.advanced(file, partial.received());
    return true;
  }

  private boolean storeNext(ByteBuffer bytes) throws MismatchException {
    for (int part = 0; part < partial.parts() && bytes.hasRemaining(); part++) {
      long room = partial.length(part) - partial.received(part);
      int count = (int) Math.min(room, bytes.remaining());
      if (count > 0) {
        store(part, bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
      }
    }
    if (bytes.hasRemaining()) {
      throw new MismatchException("the server sends more bytes than expected");
    }
    return true;
  }

  private void rewind() {
    try {
      for (int part = 0; part < partial.parts(); part++) {
        partial.rewind(part);
      }
    } catch (IOException e) {
      throw localError(e);
    }
  }

  private HubException localError(IOException e) {
    return LocalErrors.of(e, "store " + source.subject(), partial.data());
  }
}
