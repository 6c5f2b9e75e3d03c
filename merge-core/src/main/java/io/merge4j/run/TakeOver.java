// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeException;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Reads a tensor back that an earlier run has finished, and trusts it if its checksum is what the
/// journal says.
record TakeOver(TensorSpec spec, CheckpointWriter writer, Workers workers) {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  /// Whether the tensor stands in the files as it was finished; if so it counts as written. One
  /// that can't be read any more does not, and is made again.
  boolean succeeds(JournalEntry entry) {
    Checksum checksum = new Checksum(spec.bytes());
    AtomicReference<@Nullable IOException> unreadable = new AtomicReference<>();
    workers.inStretches(
        spec.bytes(),
        Tile.BYTES,
        (tile, at, size) -> {
          try {
            checksum.add(at, read(tile, at, size));
          } catch (IOException e) {
            unreadable.set(e);
          }
        });
    IOException known = unreadable.get();
    if (known instanceof ClosedByInterruptException) {
      throw failed(known);
    }
    if (known != null) {
      LOG.log(System.Logger.Level.WARNING, failed(known).getMessage() + "; it is made again");
    }
    return known == null && checksum.value() == entry.checksum() && isKept();
  }

  private ByteBuffer read(Tile tile, long at, int size) throws IOException {
    ByteBuffer bytes = tile.bytes().asSlice(0, size).asByteBuffer();
    writer.read(spec.name(), at, bytes);
    return bytes.flip();
  }

  private boolean isKept() {
    try {
      writer.keep(spec.name());
      return true;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private MergeException failed(IOException e) {
    return new MergeException(
        "Cannot read finished tensor %s again: %s".formatted(spec.name(), e.getMessage()), e);
  }
}
