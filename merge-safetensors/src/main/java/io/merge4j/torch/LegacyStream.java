// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableMap;
import io.merge4j.torch.Pickled.Storage;
import io.merge4j.torch.Pickled.TensorView;
import io.merge4j.torch.Storages.Run;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What `torch.save` wrote before version 1.6: five pickles, then the storages one after the other.
///
/// Parts: a magic number; the version 1001; facts of the machine; the object; the keys of the
/// storages. Each storage is its number of elements, in 8 bytes, and the elements.
///
/// @param views the tensors
record LegacyStream(
    ImmutableMap<String, TensorView> views, ImmutableMap<String, Run> runs, boolean bigEndian)
    implements Storages {

  private static final long VERSION = 1001;

  private static final ValueLayout.OfLong COUNT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static LegacyStream read(String file, MemorySegment bytes) throws TorchException {
    long longest = Math.min(bytes.byteSize(), ZipStorages.LONGEST_PICKLE);
    PickleInput in = new PickleInput(file, bytes.asSlice(0, longest));
    Pickled _ = Unpickler.read(in);
    if (!(Unpickler.read(in) instanceof Pickled.Int(var version)) || version != VERSION) {
      throw in.failed("A legacy PyTorch stream of another version, expected " + VERSION);
    }
    boolean bigEndian = isBigEndian(Unpickler.read(in));
    Map<String, Storage> storages = new HashMap<>();
    Pickled object = Unpickler.read(in, storages);
    ImmutableMap<String, TensorView> views = new StateDict(file).find(object);
    if (!(Unpickler.read(in) instanceof Pickled.Items(var keys))) {
      throw in.failed("Damaged legacy PyTorch stream: no list of storages");
    }
    return new LegacyStream(views, runs(in, bytes, keys, storages), bigEndian);
  }

  @Override
  public Optional<Run> find(String key) {
    return Optional.ofNullable(runs.get(key));
  }

  private static boolean isBigEndian(Pickled facts) {
    if (facts instanceof Pickled.Dict(var entries)) {
      for (int i = 0; i < entries.size(); i += 2) {
        if (entries.get(i) instanceof Pickled.Text(var name)
            && name.equals("little_endian")
            && entries.get(i + 1) instanceof Pickled.Bool(var little)) {
          return !little;
        }
      }
    }
    return false;
  }

  private static ImmutableMap<String, Run> runs(
      PickleInput in, MemorySegment bytes, List<Pickled> keys, Map<String, Storage> storages)
      throws TorchException {
    Map<String, Run> runs = new HashMap<>();
    long at = in.position();
    for (Pickled key : keys) {
      Storage storage = key instanceof Pickled.Text(var text) ? storages.get(text) : null;
      if (storage == null) {
        throw in.failed("Damaged legacy PyTorch stream: a storage that nothing refers to");
      }
      long width = storage.dtype().bits() / Byte.SIZE;
      long left = bytes.byteSize() - at - Long.BYTES;
      long count = left < 0 ? -1 : bytes.get(COUNT, at);
      if (count < 0 || count > left / width) {
        throw in.failed(
            "Cut off: storage %s at offset %d leaves the file of %d bytes; fetch or copy it again"
                .formatted(Quoted.of(storage.key()), at, bytes.byteSize()));
      }
      at += Long.BYTES;
      runs.put(storage.key(), Run.of(bytes.asSlice(at, count * width)));
      at += count * width;
    }
    return ImmutableMap.copyOf(runs);
  }
}
