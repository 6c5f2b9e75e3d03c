// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.DType;
import io.merge4j.torch.Pickled.Other;
import java.util.List;

/// What the calls in a pickle make: tensors of storages, and dictionaries.
///
/// @param in where the call stands, for messages
record Calls(PickleInput in) {

  /// Where optional flags of a tensor stand: whether it is conjugated or negated when read.
  private static final int FLAGS = 6;

  /// Where the type stands in calls that give one.
  private static final int TYPE = 6;

  Pickled call(Pickled.Name callable, ImmutableList<Pickled> arguments) throws TorchException {
    return switch (callable.allowed()) {
      case ORDERED_DICT -> dictionary(arguments);
      case TENSOR -> {
        Pickled.Storage storage = argument(arguments, 0, Pickled.Storage.class);
        yield view(arguments, storage.dtype(), FLAGS);
      }
      case TENSOR_OF_TYPE -> view(arguments, dtype(arguments), FLAGS + 1);
      case PARAMETER -> argument(arguments, 0, Pickled.TensorView.class);
      case SIZE -> argument(arguments, 0, Pickled.Tuple.class);
      case PLAIN_VALUE -> Other.OTHER;
      case STORAGE_TYPE, DTYPE ->
          throw in.failed(
              "Refused: the pickle calls %s, which is a type".formatted(callable.name()));
    };
  }

  /// `("storage", type, key, location, count[, view])`; the location, a device, does not matter.
  Pickled.Storage storage(ImmutableList<Pickled> id) throws TorchException {
    if (!(id.size() >= 5
        && id.get(0) instanceof Pickled.Text(var kind)
        && kind.equals("storage"))) {
      throw in.failed("Refused: the pickle refers to something outside that is no storage");
    }
    Pickled.Name type = argument(id, 1, Pickled.Name.class);
    DType dtype =
        Allowed.storage(type.name())
            .orElseThrow(() ->
                in.failed(
                    "Refused: elements of %s, which safetensors cannot hold; convert the tensor in PyTorch, or leave it out"
                        .formatted(Quoted.of(type.name()))));
    String key = argument(id, 2, Pickled.Text.class).value();
    long count = argument(id, 4, Pickled.Int.class).value();
    if (id.size() > 5 && id.get(5) instanceof Pickled.Tuple(var view)) {
      long first = argument(view, 1, Pickled.Int.class).value();
      long length = argument(view, 2, Pickled.Int.class).value();
      if (first < 0 || length < 0 || first > count - length) {
        throw in.failed(
            "Damaged pickle: a view leaves its storage of %d elements".formatted(count));
      }
      return new Pickled.Storage(key, dtype, count, first, length);
    }
    return new Pickled.Storage(key, dtype, count, 0, count);
  }

  private Pickled view(ImmutableList<Pickled> arguments, DType dtype, int flags)
      throws TorchException {
    return new Pickled.TensorView(
        argument(arguments, 0, Pickled.Storage.class),
        dtype,
        argument(arguments, 1, Pickled.Int.class).value(),
        argument(arguments, 2, Pickled.Tuple.class).items(),
        argument(arguments, 3, Pickled.Tuple.class).items(),
        arguments.size() <= flags || isPlain(arguments.get(flags)));
  }

  private static boolean isPlain(Pickled flags) {
    return !(flags instanceof Pickled.Dict(var entries))
        || entries.stream().noneMatch(e -> e instanceof Pickled.Bool(var set) && set);
  }

  private DType dtype(ImmutableList<Pickled> arguments) throws TorchException {
    String name = argument(arguments, TYPE, Pickled.Name.class).name();
    return DType.ofTorch(name)
        .filter(dtype -> dtype.bits() >= Byte.SIZE)
        .orElseThrow(() ->
            in.failed(
                "Refused: elements of type %s, which safetensors cannot hold; convert the tensor in PyTorch, or leave it out"
                    .formatted(Quoted.of(name))));
  }

  /// An empty one, or one of a list of pairs, as Python 2 wrote it. The pairs are moved, so that a
  /// list that is used a million times costs nothing; the second use is refused.
  private Pickled dictionary(ImmutableList<Pickled> arguments) throws TorchException {
    Pickled.Dict dictionary = new Pickled.Dict();
    if (!arguments.isEmpty()) {
      List<Pickled> pairs = argument(arguments, 0, Pickled.Items.class).items();
      for (Pickled pair : pairs) {
        switch (pair) {
          case Pickled.Items(var items) when items.size() == 2 ->
              dictionary.entries().addAll(items);
          case Pickled.Tuple(var items) when items.size() == 2 ->
              dictionary.entries().addAll(items);
          default -> throw in.failed("Damaged pickle: a dictionary of what are no pairs");
        }
      }
      pairs.clear();
      pairs.add(Other.OTHER);
    }
    return dictionary;
  }

  private <T extends Pickled> T argument(ImmutableList<Pickled> arguments, int index, Class<T> kind)
      throws TorchException {
    if (index >= arguments.size() || !kind.isInstance(arguments.get(index))) {
      throw in.failed(
          "Damaged pickle: argument %d of a call is no %s"
              .formatted(index + 1, kind.getSimpleName()));
    }
    return kind.cast(arguments.get(index));
  }
}
