// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import io.merge4j.torch.Pickled.Other;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/// Runs a pickle on plain data: lists, dictionaries, numbers, texts and tensors.
///
/// A pickle is a program for a stack machine. Only the instructions that PyTorch's own safe loader
/// takes are known here, and those that newer pickle protocols write in their stead. What the
/// program names must be [Allowed], and calling it only makes a [Pickled] value; so there is
/// nothing that a hostile file could run. Nothing recurses, and the number of steps is limited, so
/// neither can it exhaust stack or memory.
///
/// *Source:* Python 3.12 `pickletools`; PyTorch 2.13 `torch/_weights_only_unpickler.py`.
final class Unpickler {

  /// A state dictionary takes some 45 steps a tensor; a step makes at most one value.
  private static final int MOST_STEPS = 4_000_000;

  private final PickleInput in;
  private final PickleStack stack;
  private final Map<String, Pickled.Storage> storages;

  private Unpickler(PickleInput in, Map<String, Pickled.Storage> storages) {
    this.in = in;
    this.storages = storages;
    this.stack = new PickleStack(in);
  }

  /// The value of the pickle that begins here; the input then stands behind it.
  static Pickled read(PickleInput in) throws TorchException {
    return read(in, new HashMap<>());
  }

  /// The value of the pickle that begins here.
  ///
  /// @param storages takes all storages that the pickle refers to, by key
  static Pickled read(PickleInput in, Map<String, Pickled.Storage> storages) throws TorchException {
    return new Unpickler(in, storages).run();
  }

  private Pickled run() throws TorchException {
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      int instruction = in.unsignedByte();
      if (instruction == '.') {
        return stack.pop();
      }
      boolean known =
          constant(instruction)
              || text(instruction)
              || tuple(instruction)
              || collection(instruction)
              || memo(instruction)
              || object(instruction);
      if (!known) {
        throw in.failed(
            "Refused: pickle instruction 0x%02x, which no tensors need; load the file in PyTorch if you trust it, and save its state_dict()"
                .formatted(instruction));
      }
    }
    throw in.failed(
        "Refused: the pickle has more than %d steps; save the tensors in several files"
            .formatted(MOST_STEPS));
  }

  /// Numbers, flags, None, and what says how the pickle is written.
  private boolean constant(int instruction) throws TorchException {
    switch (instruction) {
      case 0x80 -> protocol();
      case 0x95 -> in.skip(8); // FRAME: how many bytes belong together
      case 'N' -> stack.push(Other.OTHER);
      case 0x88 -> stack.push(new Pickled.Bool(true));
      case 0x89 -> stack.push(new Pickled.Bool(false));
      case 'J' -> stack.push(new Pickled.Int(in.signedInt()));
      case 'K' -> stack.push(new Pickled.Int(in.unsignedByte()));
      case 'M' -> stack.push(new Pickled.Int(in.unsignedShort()));
      case 0x8a -> stack.push(integer(in.bytes(in.unsignedByte())));
      case 'G' -> {
        double _ = in.bigEndianDouble();
        stack.push(Other.OTHER);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void protocol() throws TorchException {
    int version = in.unsignedByte();
    if (version < 2 || version > 5) {
      throw in.failed("Pickle protocol %d, expected 2 to 5".formatted(version));
    }
  }

  /// A number as little-endian bytes in two's complement; none for 0.
  static Pickled integer(byte[] littleEndian) {
    byte[] bigEndian = new byte[littleEndian.length + 1];
    for (int i = 0; i < littleEndian.length; i++) {
      bigEndian[littleEndian.length - i] = littleEndian[i];
    }
    if (littleEndian.length > 0 && littleEndian[littleEndian.length - 1] < 0) {
      bigEndian[0] = -1;
    }
    BigInteger value = new BigInteger(bigEndian);
    return value.bitLength() < Long.SIZE ? new Pickled.Int(value.longValue()) : Other.OTHER;
  }

  private boolean text(int instruction) throws TorchException {
    switch (instruction) {
      case 'X' -> stack.push(new Pickled.Text(in.utf8(in.unsignedInt())));
      case 0x8c, 'U' -> stack.push(new Pickled.Text(in.utf8(in.unsignedByte())));
      case 'B' -> bytes(in.unsignedInt());
      case 'C' -> bytes(in.unsignedByte());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void bytes(long count) throws TorchException {
    in.skip(count);
    stack.push(Other.OTHER);
  }

  private boolean tuple(int instruction) throws TorchException {
    switch (instruction) {
      case ')' -> stack.push(new Pickled.Tuple(ImmutableList.of()));
      case 0x85 -> stack.push(new Pickled.Tuple(stack.pop(1)));
      case 0x86 -> stack.push(new Pickled.Tuple(stack.pop(2)));
      case 0x87 -> stack.push(new Pickled.Tuple(stack.pop(3)));
      case 't' -> stack.push(new Pickled.Tuple(stack.popToMark()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean collection(int instruction) throws TorchException {
    switch (instruction) {
      case '(' -> stack.mark();
      case ']' -> stack.push(new Pickled.Items());
      case '}' -> stack.push(new Pickled.Dict());
      case 0x8f -> stack.push(Other.OTHER); // EMPTY_SET
      case 'a' -> append(stack.pop(1));
      case 'e' -> append(stack.popToMark());
      case 's' -> set(stack.pop(2));
      case 'u' -> set(stack.popToMark());
      case 0x90 -> stack.popToMark(); // ADDITEMS, to a set
      default -> {
        return false;
      }
    }
    return true;
  }

  private void append(ImmutableList<Pickled> items) throws TorchException {
    if (!(stack.top() instanceof Pickled.Items(var list))) {
      throw in.failed("Damaged pickle: it appends to what is no list");
    }
    list.addAll(items);
  }

  private void set(ImmutableList<Pickled> entries) throws TorchException {
    if (!(stack.top() instanceof Pickled.Dict(var known)) || entries.size() % 2 != 0) {
      throw in.failed("Damaged pickle: it sets entries of what is no dictionary, or half of one");
    }
    known.addAll(entries);
  }

  private boolean memo(int instruction) throws TorchException {
    switch (instruction) {
      case 'q' -> stack.remember(in.unsignedByte());
      case 'r' -> stack.remember(in.unsignedInt());
      case 0x94 -> stack.rememberNext();
      case 'h' -> stack.recall(in.unsignedByte());
      case 'j' -> stack.recall(in.unsignedInt());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean object(int instruction) throws TorchException {
    switch (instruction) {
      case 'c' -> name(in.line(), in.line());
      case 0x93 -> {
        String name = stack.pop(Pickled.Text.class).value();
        name(stack.pop(Pickled.Text.class).value(), name);
      }
      case 'R', 0x81 -> {
        Pickled.Tuple arguments = stack.pop(Pickled.Tuple.class);
        stack.push(new Calls(in).call(stack.pop(Pickled.Name.class), arguments.items()));
      }
      case 'Q' -> {
        Pickled.Storage storage = new Calls(in).storage(stack.pop(Pickled.Tuple.class).items());
        storages.putIfAbsent(storage.key(), storage);
        stack.push(storage);
      }
      case 'b' -> build();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void name(String module, String name) throws TorchException {
    Pickled.Name allowed = Allowed.find(module, name).orElseThrow(() -> refused(module, name));
    stack.push(allowed);
  }

  private TorchException refused(String module, String name) {
    String found = Quoted.of(module + "." + name);
    if (module.equals("numpy") || module.startsWith("numpy.")) {
      return in.failed(
          "Refused: the file holds NumPy objects (%s), expected tensors; save them as tensors"
              .formatted(found));
    }
    return in.failed(
        "Refused: the file asks Python for %s, which no tensors need, and nothing of it was run; if you trust it, load it in PyTorch and save its state_dict()"
            .formatted(found));
  }

  /// Attributes of a dictionary or a tensor, such as the versions of modules, say nothing of data.
  private void build() throws TorchException {
    Pickled _ = stack.pop();
    Pickled target = stack.top();
    if (!(target instanceof Pickled.Dict || target instanceof Pickled.TensorView)) {
      throw in.failed(
          "Refused: the pickle sets attributes of a %s, expected a dictionary or a tensor"
              .formatted(target.getClass().getSimpleName()));
    }
  }
}
