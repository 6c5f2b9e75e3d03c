// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeException;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinTask;

/// Reads a tensor back that an earlier run has finished, and trusts it if its checksum is what the
/// journal says.
record TakeOver(TensorSpec spec, CheckpointWriter writer, Workers workers) {

  /// Whether the tensor stands in the files as it was finished; if so it counts as written.
  boolean succeeds(JournalEntry entry) {
    Checksum checksum = new Checksum(spec.bytes());
    List<ForkJoinTask<?>> tasks = new ArrayList<>();
    for (long at = 0; at < spec.bytes(); at += Tile.BYTES) {
      long start = at;
      int size = (int) Math.min(Tile.BYTES, spec.bytes() - at);
      tasks.add(workers.stretch(tile -> checksum.add(start, read(tile, start, size))));
    }
    workers.all(tasks);
    if (checksum.value() != entry.checksum()) {
      return false;
    }
    try {
      writer.keep(spec.name());
    } catch (IOException e) {
      throw failed(e);
    }
    return true;
  }

  private ByteBuffer read(Tile tile, long at, int size) {
    ByteBuffer bytes = tile.bytes().asSlice(0, size).asByteBuffer();
    try {
      writer.read(spec.name(), at, bytes);
    } catch (IOException e) {
      throw failed(e);
    }
    return bytes.flip();
  }

  private MergeException failed(IOException e) {
    return new MergeException(
        "Cannot read finished tensor %s again: %s".formatted(spec.name(), e.getMessage()), e);
  }
}
