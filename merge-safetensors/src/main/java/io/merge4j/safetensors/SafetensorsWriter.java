// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DiskSpace;
import io.merge4j.tensor.Piece;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The files of a layout being filled.
///
/// Direct buffers are written as they are; others are copied once more by the platform. A thread
/// that is interrupted gets a [java.nio.channels.ClosedByInterruptException] and keeps its
/// interrupt status; other threads go on undisturbed.
final class SafetensorsWriter implements CheckpointWriter {

  private final Path directory;
  private final CheckpointLayout layout;
  private final ImmutableList<OutputFile> files;
  private final DirectWrites direct;
  private final ImmutableMap<String, Place> places;

  private SafetensorsWriter(
      Path directory,
      CheckpointLayout layout,
      ImmutableList<OutputFile> files,
      DirectWrites direct) {
    this.directory = directory;
    this.direct = direct;
    this.layout = layout;
    this.files = files;
    ImmutableMap.Builder<String, Place> places = ImmutableMap.builder();
    for (int i = 0; i < files.size(); i++) {
      OutputFile file = files.get(i);
      long position = file.dataStart();
      for (TensorSpec spec : layout.shards().get(i).tensors()) {
        places.put(spec.name(), new Place(file, position, spec));
        position += spec.bytes();
      }
    }
    this.places = places.buildOrThrow();
  }

  static SafetensorsWriter create(Path directory, CheckpointLayout layout) throws IOException {
    return create(directory, layout, DirectWrites.of(directory, layout.bytes()));
  }

  /// @param direct closed with the writer
  static SafetensorsWriter create(Path directory, CheckpointLayout layout, DirectWrites direct)
      throws IOException {
    requireRoom(directory, layout.bytes());
    List<OutputFile> files = new ArrayList<>();
    boolean complete = false;
    try {
      for (Shard shard : layout.shards()) {
        files.add(createFile(directory, shard, layout.metadata(), direct));
      }
      complete = true;
      return new SafetensorsWriter(directory, layout, ImmutableList.copyOf(files), direct);
    } finally {
      if (!complete) {
        for (OutputFile file : files) {
          file.close();
          Files.deleteIfExists(file.path());
        }
        direct.close();
      }
    }
  }

  /// Opens files that are there; empty if one is not, or is not of its size and header.
  static Optional<CheckpointWriter> resume(Path directory, CheckpointLayout layout)
      throws IOException {
    ImmutableList.Builder<OutputFile> files = ImmutableList.builder();
    DirectWrites direct = DirectWrites.of(directory, layout.bytes());
    boolean resumed = false;
    try {
      for (Shard shard : layout.shards()) {
        Path path = directory.resolve(shard.file());
        byte[] header = header(shard, layout.metadata());
        Optional<OutputFile> file =
            OutputFile.resume(path, header, Layouts.dataBytes(shard.tensors()), direct);
        if (file.isEmpty()) {
          return Optional.empty();
        }
        files.add(file.get());
      }
      Files.deleteIfExists(directory.resolve(SafetensorsFormat.INDEX));
      resumed = true;
      return Optional.of(new SafetensorsWriter(directory, layout, files.build(), direct));
    } finally {
      if (!resumed) {
        direct.close();
      }
    }
  }

  private static OutputFile createFile(
      Path directory, Shard shard, ImmutableMap<String, String> metadata, DirectWrites direct)
      throws IOException {
    Path path = directory.resolve(shard.file());
    byte[] header = header(shard, metadata);
    try {
      return OutputFile.create(path, header, Layouts.dataBytes(shard.tensors()), direct);
    } catch (IOException e) {
      throw SafetensorsException.unwritable(path, e);
    }
  }

  private static byte[] header(Shard shard, ImmutableMap<String, String> metadata) {
    byte[] header = HeaderWriter.header(shard.tensors(), metadata);
    long dataBytes = Layouts.dataBytes(shard.tensors());
    if (SafetensorsHeader.LENGTH_BYTES + header.length + dataBytes != shard.bytes()) {
      throw new IllegalArgumentException(
          "Shard %s: found a size of %d, expected %d; use a layout of this format"
              .formatted(
                  shard.file(),
                  shard.bytes(),
                  SafetensorsHeader.LENGTH_BYTES + header.length + dataBytes));
    }
    return header;
  }

  /// A disk that is too small is found before hours of work and not after.
  private static void requireRoom(Path directory, long bytes) throws IOException {
    FileStore store = Files.getFileStore(directory);
    long usable = DiskSpace.free(store);
    if (usable < bytes) {
      throw new SafetensorsException(
          Reason.UNWRITABLE,
          "Not enough space on %s: %d bytes usable, expected %d; make room or choose another place"
              .formatted(store, usable, bytes),
          directory.toString(),
          null);
    }
  }

  @Override
  public void write(String name, long offset, ByteBuffer bytes) throws IOException {
    place(name, offset, bytes.remaining()).write(offset, bytes);
  }

  @Override
  public boolean waitsForDevice() {
    return direct.suits(DirectWrites.PIECE);
  }

  @Override
  public Piece piece(String name, long offset, int size) {
    return place(name, offset, size).piece(offset, size);
  }

  @Override
  public void read(String name, long offset, ByteBuffer into) throws IOException {
    Place place = place(name, offset, into.remaining());
    place.file().read(place.position() + offset, into);
  }

  private Place place(String name, long offset, int count) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          "Tensor %s: not in the layout of %s".formatted(Names.quote(name), directory));
    }
    place.requireInside(offset, count);
    return place;
  }

  @Override
  public void keep(String name) throws IOException {
    Place place = place(name, 0, 0);
    place.file().keep(place.missing().getAndSet(0));
  }

  @Override
  public void force() throws IOException {
    for (OutputFile file : files) {
      file.force();
    }
  }

  /// @throws IllegalStateException if a tensor was not written whole, or more than once
  @Override
  public void finish(boolean sync) throws IOException {
    for (Place place : places.values()) {
      place.requireWhole();
    }
    for (OutputFile file : files) {
      try {
        file.finish(sync);
      } catch (IOException e) {
        throw SafetensorsException.unwritable(file.path(), e);
      }
    }
    if (files.size() > 1) {
      writeIndex(directory.resolve(SafetensorsFormat.INDEX), sync);
    }
    if (sync) {
      syncDirectory(directory);
    }
  }

  private void writeIndex(Path index, boolean sync) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(IndexWriter.index(layout));
    try (FileChannel channel =
        FileChannel.open(index, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (sync) {
        channel.force(true);
      }
    } catch (IOException e) {
      throw SafetensorsException.unwritable(index, e);
    }
  }

  /// Makes the names of new files as durable as their content. Not every system lets a directory be
  /// opened; those that don't (Windows) need no such step.
  static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // See above.
    }
  }

  @Override
  public void close() throws IOException {
    try (direct) {
      for (OutputFile file : files) {
        file.close();
      }
    }
  }
}
