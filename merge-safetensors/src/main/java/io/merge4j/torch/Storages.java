// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/// The runs of elements in a file, by key.
interface Storages {

  /// One run.
  ///
  /// @param size its length in bytes
  /// @param mapped its bytes, if they lie in the file as they are
  /// @param bytes its bytes, in any case; may have to unpack them, once
  record Run(long size, Optional<MemorySegment> mapped, Supplier<MemorySegment> bytes) {

    static Run of(MemorySegment mapped) {
      return new Run(mapped.byteSize(), Optional.of(mapped), () -> mapped);
    }
  }

  Optional<Run> find(String key) throws TorchException;

  /// Whether numbers are written highest byte first.
  boolean bigEndian();
}
