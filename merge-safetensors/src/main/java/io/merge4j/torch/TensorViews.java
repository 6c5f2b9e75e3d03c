// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import io.merge4j.torch.Pickled.TensorView;
import io.merge4j.torch.Storages.Run;
import java.util.Map;

/// Checks what a file says of its tensors against the storages it has, and makes them readable.
///
/// @param file the file's name, for messages
record TensorViews(String file, Storages storages) {

  /// Dimensions: PyTorch itself computes with at most 64.
  private static final int MOST_DIMENSIONS = 64;

  /// Elements of a view that repeats those of its storage: `expand` makes such views, and a small
  /// file could claim any size with them.
  private static final long MOST_REPEATED = 1L << 30;

  ImmutableMap<String, Tensor> open(Map<String, TensorView> views) throws TorchException {
    ImmutableMap.Builder<String, Tensor> tensors =
        ImmutableMap.builderWithExpectedSize(views.size());
    for (Map.Entry<String, TensorView> view : views.entrySet()) {
      tensors.put(view.getKey(), open(view.getKey(), view.getValue()));
    }
    return tensors.buildOrThrow();
  }

  private Tensor open(String name, TensorView view) throws TorchException {
    if (!view.plain()) {
      throw failed(name, "it is stored conjugated or negated; save tensor.resolve_conj()");
    }
    long[] size = numbers(name, view.size());
    long[] stride = numbers(name, view.stride());
    if (size.length != stride.length || size.length > MOST_DIMENSIONS) {
      throw failed(name, "%d dimensions and %d strides".formatted(size.length, stride.length));
    }
    TensorSpec spec = spec(name, view, size);
    Run run = run(name, view);
    int width = view.dtype().bits() / Byte.SIZE;
    long first = first(name, view, size, stride, width);
    boolean packed = isPacked(size, stride) || spec.elements() == 0;
    if (packed && run.mapped().isPresent() && (!storages.bigEndian() || width == 1)) {
      long start = spec.elements() == 0 ? 0 : first * width;
      return Tensor.of(spec, run.mapped().get().asSlice(start, spec.bytes()));
    }
    return new StridedTensor(
        spec, run.bytes(), new Strides(first, size, stride), storages.bigEndian());
  }

  private TensorSpec spec(String name, TensorView view, long[] size) throws TorchException {
    try {
      TensorSpec spec = new TensorSpec(name, view.dtype(), Shape.of(size));
      long _ = spec.bytes();
      return spec;
    } catch (ArithmeticException e) {
      throw failed(name, "its size exceeds 63 bits");
    }
  }

  /// The storage, which must be as long as the tensor says.
  private Run run(String name, TensorView view) throws TorchException {
    Pickled.Storage storage = view.storage();
    Run run =
        storages
            .find(storage.key())
            .orElseThrow(
                () -> failed(name, "its data, %s, is missing".formatted(Quoted.of(storage.key()))));
    long width = storage.dtype().bits() / Byte.SIZE;
    if (storage.count() < 0 || run.size() % width != 0 || run.size() / width != storage.count()) {
      throw failed(
          name,
          "its data has %d bytes, expected %d elements of %d bytes"
              .formatted(run.size(), storage.count(), width));
    }
    return run;
  }

  /// The position of the first element, in elements; all must lie in the storage's view.
  private long first(String name, TensorView view, long[] size, long[] stride, int width)
      throws TorchException {
    long storageWidth = view.storage().dtype().bits() / Byte.SIZE;
    long start = view.storage().first() * storageWidth;
    long available = view.storage().length() * storageWidth / width;
    try {
      long last = view.offset();
      boolean empty = false;
      for (int i = 0; i < size.length; i++) {
        empty |= size[i] == 0;
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, size[i] - 1), stride[i]));
      }
      if (view.offset() < 0 || start % width != 0 || (!empty && last >= available)) {
        throw failed(
            name, "elements %d to %d of a storage of %d".formatted(view.offset(), last, available));
      }
      long elements = Shape.of(size).elements();
      if (elements > Math.max(available, MOST_REPEATED)) {
        throw failed(
            name,
            "%d elements that repeat the %d of its storage, expected at most %d such"
                .formatted(elements, available, MOST_REPEATED));
      }
      return start / width + view.offset();
    } catch (ArithmeticException e) {
      throw failed(name, "its last element lies beyond 63 bits");
    }
  }

  private static boolean isPacked(long[] size, long[] stride) {
    long expected = 1;
    for (int i = size.length - 1; i >= 0; i--) {
      if (size[i] != 1 && stride[i] != expected) {
        return false;
      }
      expected *= size[i];
    }
    return true;
  }

  private long[] numbers(String name, ImmutableList<Pickled> values) throws TorchException {
    long[] numbers = new long[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(values.get(i) instanceof Pickled.Int(var number)) || number < 0) {
        throw failed(name, "a dimension or stride that is no number from 0 on");
      }
      numbers[i] = number;
    }
    return numbers;
  }

  private TorchException failed(String name, String problem) {
    return new TorchException(
        "Cannot read tensor %s: %s; the file is damaged or not meant to be merged"
            .formatted(Quoted.of(name), problem),
        file);
  }
}
