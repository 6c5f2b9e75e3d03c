// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.FileSource.Outcome;
import io.merge4j.hub.RangeAttempt.MismatchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Transfers the content of one file into a [PartialFile], its parts side by side.
///
/// A part that breaks off goes on where it stopped. It is given up after as many failures in a row
/// without progress worth the name as the retry policy allows.
final class BlobDownload {

  private final FileSource source;
  private final Turns connections;
  private final RepositoryFile file;
  private final PartialFile partial;
  private final Progress progress;
  private final AtomicBoolean isWithoutRanges = new AtomicBoolean();

  /// What the listener threw: its way to end the download, and no fault of the network.
  private volatile @Nullable RuntimeException refusal;

  BlobDownload(
      FileSource source,
      Turns connections,
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
    long end = partial.start(part) + partial.length(part);
    boolean isAlone =
        source.transfer(
            partial.length(part),
            () -> isWithoutRanges.get() ? 0 : partial.length(part) - partial.received(part),
            () -> {
              long from = partial.start(part) + partial.received(part);
              return attempt(new RangeAttempt(from, end, file.size(), b -> store(part, b)));
            });
    if (!isAlone) {
      isWithoutRanges.set(true);
    }
  }

  /// For servers that can't send a part: everything in one go, from the beginning each time, of
  /// which what has arrived is passed over.
  private void fetchWhole() {
    long size = file.size();
    source.transfer(
        size,
        () -> size - partial.received(),
        () -> attempt(new RangeAttempt(0, size, size, new Whole()::take)));
  }

  private Outcome attempt(RangeAttempt attempt) {
    Outcome outcome = connections.take(() -> source.attempt(attempt));
    RuntimeException thrown = refusal;
    if (thrown != null) {
      throw thrown;
    }
    return outcome;
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
    try {
      progress.advanced(file, partial.received());
    } catch (RuntimeException e) {
      refusal = e;
      throw e;
    }
    return true;
  }

  /// The whole content on its way.
  private final class Whole {

    private long at;

    boolean take(ByteBuffer bytes) throws MismatchException {
      while (bytes.hasRemaining()) {
        if (at == file.size()) {
          throw new MismatchException("the server sends more bytes than expected");
        }
        int part = partial.part(at);
        long end = partial.start(part) + partial.length(part);
        long next = partial.start(part) + partial.received(part);
        int count = (int) Math.min(end - at, bytes.remaining());
        int known = (int) Math.min(next - at, count);
        if (known < count) {
          store(part, bytes.slice(bytes.position() + known, count - known));
        }
        at += count;
        bytes.position(bytes.position() + count);
      }
      return true;
    }
  }

  private HubException localError(IOException e) {
    return LocalErrors.of(e, "store " + source.subject(), partial.data());
  }
}
