// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.nio.ByteBuffer;
import java.util.function.Supplier;

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
    if (!receive(target, () -> stretch(from + target.position(), to, target))) {
      receive(target, () -> whole(from, target));
    }
    return target.array();
  }

  private boolean receive(ByteBuffer target, Supplier<RangeAttempt> next) {
    return source.transfer(target.capacity(), target::remaining, () -> source.attempt(next.get()));
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
