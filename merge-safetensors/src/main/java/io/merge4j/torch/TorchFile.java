// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The tensors of one mapped file that `torch.save` wrote.
///
/// Both of its formats are read: zip archives, and the stream of before PyTorch 1.6. Opening reads
/// what the file says of its tensors; their data stays where it is until it is asked for. Views,
/// shared storages, files of big-endian machines and archives that were packed anew are read right.
public final class TorchFile {

  private static final byte[] ZIP = {'P', 'K', 3, 4};

  /// A pickle of protocol 2 of the number 0x1950a86a20f9469cfc6c.
  private static final byte[] LEGACY = {
    (byte) 0x80,
    2,
    (byte) 0x8a,
    10,
    0x6c,
    (byte) 0xfc,
    (byte) 0x9c,
    0x46,
    (byte) 0xf9,
    0x20,
    0x6a,
    (byte) 0xa8,
    0x50,
    0x19
  };

  private static final byte[] LFS = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TAR = "ustar".getBytes(StandardCharsets.US_ASCII);
  private static final int TAR_OFFSET = 257;

  private TorchFile() {}

  /// The tensors by name, in the order of the file.
  ///
  /// @param file its name, for messages
  /// @param bytes all of it
  /// @param arena where data that has to be unpacked is mapped
  /// @throws TorchException if the file is damaged, is of another kind, or holds more than tensors
  public static ImmutableMap<String, Tensor> open(String file, MemorySegment bytes, Arena arena)
      throws TorchException {
    if (startsWith(bytes, 0, ZIP)) {
      ZipStorages zip = ZipStorages.of(file, bytes, arena);
      Pickled object = Unpickler.read(new PickleInput(file, zip.pickle()));
      return new TensorViews(file, zip).open(new StateDict(file).find(object));
    }
    if (startsWith(bytes, 0, LEGACY)) {
      LegacyStream stream = LegacyStream.read(file, bytes);
      return new TensorViews(file, stream).open(stream.views());
    }
    throw new TorchException(
        "No PyTorch file: %s, expected what torch.save writes; %s"
            .formatted(found(bytes), remedy(bytes)),
        file);
  }

  private static String found(MemorySegment bytes) {
    if (startsWith(bytes, 0, LFS)) {
      return "a Git LFS pointer";
    }
    if (startsWith(bytes, TAR_OFFSET, TAR)) {
      return "a tar archive, as PyTorch wrote before 2017";
    }
    if (bytes.byteSize() > 0 && bytes.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0x80) {
      return "a pickle of something else";
    }
    return "%d bytes of another kind".formatted(bytes.byteSize());
  }

  private static String remedy(MemorySegment bytes) {
    return startsWith(bytes, 0, LFS)
        ? "fetch the file itself with \"git lfs pull\""
        : "load it with the program that wrote it, and save its tensors";
  }

  private static boolean startsWith(MemorySegment bytes, int at, byte[] start) {
    return bytes.byteSize() >= at + start.length
        && Arrays.equals(bytes.asSlice(at, start.length).toArray(ValueLayout.JAVA_BYTE), start);
  }
}
