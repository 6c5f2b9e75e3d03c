// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.FileSource.Outcome;
import java.nio.ByteBuffer;

/// Reads a stretch of a remote file into memory, without storing anything.
final class RemoteRange {

  private final FileSource source;
  private final long size;

  RemoteRange(FileSource source, long size) {
    this.source = source;
    this.size = size;
  }

  /// The bytes `from` to `to` (exclusive) of the file.
  byte[] read(long from, long to) {
    ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(to - from));
    boolean isWithoutRanges = false;
    for (int failures = 0; target.hasRemaining(); ) {
      int before = target.position();
      RangeAttempt attempt =
          isWithoutRanges ? whole(from, target) : stretch(from + before, to, target);
      Outcome outcome = source.attempt(attempt);
      if (outcome.isRangeIgnored()) {
        isWithoutRanges = true;
        continue;
      }
      int gained = target.position() - before;
      failures = FileSource.isProgress(gained, target.capacity()) ? 1 : failures + 1;
      if (target.hasRemaining()) {
        source.recover(outcome, failures);
      }
    }
    return target.array();
  }

  private RangeAttempt stretch(long from, long to, ByteBuffer target) {
    return new RangeAttempt(from, to, size, bytes -> take(bytes, target));
  }

  /// Takes the stretch out of the whole file, and breaks the transfer off behind it.
  private RangeAttempt whole(long from, ByteBuffer target) {
    long[] toSkip = {from + target.position()};
    return new RangeAttempt(
        0,
        size,
        size,
        bytes -> {
          int skipped = (int) Math.min(toSkip[0], bytes.remaining());
          bytes.position(bytes.position() + skipped);
          toSkip[0] -= skipped;
          return take(bytes, target);
        });
  }

  private static boolean take(ByteBuffer bytes, ByteBuffer target) {
    int count = Math.min(bytes.remaining(), target.remaining());
    target.put(bytes.slice(bytes.position(), count));
    bytes.position(bytes.position() + count);
    return target.hasRemaining();
  }
}
