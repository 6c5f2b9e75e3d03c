// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.safetensors.SafetensorsHeader.Entry;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a header says, before anything of it is believed.
///
/// @param file the file's name, for messages
/// @param tensors in the order of the header, with unique names
record ParsedHeader(
    String file, Collection<Declared> tensors, ImmutableMap<String, String> metadata) {

  /// One tensor. Numbers are unsigned; begin and end count from the start of the data.
  record Declared(String name, DType dtype, ImmutableLongArray shape, long begin, long end) {
    @Override
    public String toString() {
      String dimensions =
          shape.stream().mapToObj(Long::toUnsignedString).collect(joining(", ", "[", "]"));
      return "%s %s %s".formatted(Names.quote(name), dtype, Names.cut(dimensions));
    }
  }

  /// Walks the tensors in the order of their data: each must begin where the one before it ends and
  /// have the size of its shape, and the last must end with the file. So there are no overlaps, no
  /// holes, no missing and no surplus bytes.
  ///
  /// @param dataStart position in the file where the data begins
  SafetensorsHeader check(long dataStart, long fileSize) throws SafetensorsException {
    List<Declared> ordered = tensors.stream().sorted(ParsedHeader::inOrderOfData).toList();
    ImmutableMap.Builder<String, Entry> entries =
        ImmutableMap.builderWithExpectedSize(ordered.size());
    Map<ImmutableLongArray, Shape> shapes = new HashMap<>();
    long reached = 0;
    for (Declared tensor : ordered) {
      long position = dataStart + reached;
      checkOffsets(tensor, reached, position);
      checkSize(tensor, position);
      Shape shape = shapes.computeIfAbsent(tensor.shape, Shape::new);
      TensorSpec spec = new TensorSpec(tensor.name, tensor.dtype, shape);
      entries.put(tensor.name, new Entry(spec, position));
      reached = tensor.end;
    }
    if (reached != fileSize - dataStart) {
      throw failed(
          Reason.NOT_COVERED,
          ("Incomplete metadata, file not fully covered: the tensors end at %d, the file at %d; "
                  + "it is %s, fetch or copy it again")
              .formatted(
                  dataStart + reached,
                  fileSize,
                  reached > fileSize - dataStart ? "cut off" : "damaged at its end"),
          Math.min(dataStart + reached, fileSize));
    }
    return new SafetensorsHeader(dataStart, entries.buildOrThrow(), metadata);
  }

  private static int inOrderOfData(Declared a, Declared b) {
    int begins = Long.compareUnsigned(a.begin, b.begin);
    return begins == 0 ? Long.compareUnsigned(a.end, b.end) : begins;
  }

  private void checkOffsets(Declared tensor, long reached, long position)
      throws SafetensorsException {
    if (tensor.begin != reached || Long.compareUnsigned(tensor.end, tensor.begin) < 0) {
      throw failed(
          Reason.INVALID_OFFSET,
          ("Invalid offset for tensor %s: data_offsets [%s, %s], expected to begin at %d, where the"
                  + " data before it ends, and not to end before; the file is damaged")
              .formatted(
                  Names.quote(tensor.name),
                  Long.toUnsignedString(tensor.begin),
                  Long.toUnsignedString(tensor.end),
                  reached),
          position);
    }
  }

  private void checkSize(Declared tensor, long position) throws SafetensorsException {
    long bits = bits(tensor, position);
    if (bits % Byte.SIZE != 0) {
      throw failed(
          Reason.MISALIGNED,
          "Misaligned slice, tensor %s: %s bits, expected whole bytes; pad its last dimension"
              .formatted(tensor, Long.toUnsignedString(bits)),
          position);
    }
    if (tensor.end - tensor.begin != bits >>> 3) {
      throw failed(
          Reason.WRONG_SIZE,
          "Invalid shape, data type, or offset for tensor %s: %d bytes of data, expected %d"
              .formatted(tensor, tensor.end - tensor.begin, bits >>> 3),
          position);
    }
  }

  /// Bits of all elements, unsigned. The product is checked factor by factor from the left, so that
  /// `[0, 2^40, 2^40]` passes and `[2^40, 2^40, 0]` does not, as in the reference reader.
  private long bits(Declared tensor, long position) throws SafetensorsException {
    try {
      long elements = 1;
      for (int axis = 0; axis < tensor.shape.length(); axis++) {
        elements = Math.unsignedMultiplyExact(elements, tensor.shape.get(axis));
        if (elements < 0 || tensor.shape.get(axis) < 0) {
          throw new ArithmeticException("beyond the 63 bits of a Shape");
        }
      }
      return Math.unsignedMultiplyExact(elements, (long) tensor.dtype.bits());
    } catch (ArithmeticException e) {
      throw new SafetensorsException(
          Reason.OVERFLOW,
          "Overflow computing buffer size of tensor %s: more than 63 bits; the file is damaged"
              .formatted(tensor),
          file,
          position,
          e);
    }
  }

  private SafetensorsException failed(Reason reason, String problem, long position) {
    return new SafetensorsException(reason, problem, file, position, null);
  }
}
