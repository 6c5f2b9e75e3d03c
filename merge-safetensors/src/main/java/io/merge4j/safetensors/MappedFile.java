// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// One safetensors file, mapped whole, with its header checked.
record MappedFile(Mapping mapping, SafetensorsHeader header) implements Shard {

  /// @param arena when the mapping ends
  static MappedFile map(Path path, Arena arena) throws IOException {
    Mapping mapping = Mapping.of(path, arena);
    long size = mapping.bytes().byteSize();
    long longestStart = SafetensorsHeader.LENGTH_BYTES + (long) SafetensorsHeader.MAX_BYTES;
    MemorySegment start = mapping.bytes().asSlice(0, Math.min(size, longestStart));
    return new MappedFile(
        mapping, SafetensorsHeader.parse(mapping.name(), size, start.asByteBuffer()));
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return header.specs();
  }

  @Override
  public ImmutableMap<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    return Optional.ofNullable(header.entries().get(tensor))
        .map(e -> Tensor.of(e.spec(), mapping.bytes().asSlice(e.offset(), e.spec().bytes())));
  }
}
