// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Files that PyTorch wrote, and some that it refuses.
final class Samples {

  private static final Path FOLDER = Path.of("src/test/resources/torch");

  private Samples() {}

  static ImmutableMap<String, Tensor> open(String name) throws IOException {
    return open(name, bytes(name));
  }

  static ImmutableMap<String, Tensor> open(String name, byte[] bytes) throws TorchException {
    return TorchFile.open(name, MemorySegment.ofArray(bytes), Arena.ofAuto());
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> names() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] raw(Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.spec().bytes())];
    tensor.copy(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /// The elements of a tensor of any type, as doubles; of a complex one the real parts.
  static double[] values(Tensor tensor) {
    int count = Math.toIntExact(tensor.spec().elements());
    double[] values = new double[count];
    DType dtype = tensor.spec().dtype();
    if (dtype.isFloat()) {
      float[] floats = new float[count];
      tensor.read(0, count, floats, 0);
      for (int i = 0; i < count; i++) {
        values[i] = floats[i];
      }
      return values;
    }
    ByteBuffer raw = ByteBuffer.wrap(raw(tensor)).order(ByteOrder.LITTLE_ENDIAN);
    int width = dtype.bits() / 8;
    for (int i = 0; i < count; i++) {
      values[i] =
          dtype == DType.C64
              ? raw.getFloat(i * width)
              : switch (width) {
                case 1 -> raw.get(i);
                case 2 -> raw.getShort(2 * i);
                case 4 -> raw.getInt(4 * i);
                default -> raw.getLong(8 * i);
              };
    }
    return values;
  }
}
