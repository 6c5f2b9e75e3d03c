// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;

/// Tensors of given bytes, and the bytes of given tensors.
final class Bytes {

  private Bytes() {}

  static byte[] of(Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.spec().bytes())];
    tensor.copy(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  static byte[] of(Checkpoint checkpoint, String tensor) {
    return of(checkpoint.find(tensor).orElseThrow());
  }

  /// A tensor of bytes that follow from its name.
  static Tensor tensor(String name, DType dtype, long... shape) {
    return tensor(new TensorSpec(name, dtype, Shape.of(shape)));
  }

  static Tensor tensor(TensorSpec spec) {
    byte[] bytes = new byte[Math.toIntExact(spec.bytes())];
    new Random(spec.name().hashCode()).nextBytes(bytes);
    return Tensor.of(spec, MemorySegment.ofArray(bytes));
  }

  /// A file or folder made by the reference writers.
  static Path reference(String name) {
    URL url = Objects.requireNonNull(Bytes.class.getResource("/reference/" + name));
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
