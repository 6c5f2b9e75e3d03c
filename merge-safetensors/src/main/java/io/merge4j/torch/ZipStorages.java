// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.base.Suppliers;
import io.merge4j.torch.ZipDirectory.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The storages of a zip archive: its entries `<root>/data/<key>`.
///
/// PyTorch stores them as they are, and they are mapped. An archive that was packed anew may have
/// them deflated; such an entry is unpacked to a temporary file when it is first read.
///
/// @param root what the names of all entries begin with, slash included
record ZipStorages(ZipDirectory zip, String root, boolean bigEndian, Arena arena)
    implements Storages {

  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  /// Longest pickle: some hundred thousand tensors.
  static final int LONGEST_PICKLE = 64 << 20;

  /// What deflate makes of a byte at most: 258 bytes of two bits.
  private static final long MOST_DEFLATED = 1032;

  private static final int LONGEST_MARKER = 100;

  static ZipStorages of(String file, MemorySegment bytes, Arena arena) throws TorchException {
    ZipDirectory zip = ZipDirectory.read(file, bytes);
    String first = zip.entries().isEmpty() ? "" : zip.entries().keySet().iterator().next();
    String root = first.substring(0, first.indexOf('/') + 1);
    if (zip.find(root + "data.pkl").isEmpty()) {
      throw new TorchException(
          "No PyTorch file: a zip archive without data.pkl; name a file that torch.save wrote",
          file);
    }
    if (zip.find(root + "constants.pkl").isPresent()) {
      throw new TorchException(
          "Refused: a TorchScript program, expected tensors; save its state_dict() with torch.save",
          file);
    }
    ZipStorages storages = new ZipStorages(zip, root, false, arena);
    String order = storages.byteOrder();
    return switch (order) {
      case "little" -> storages;
      case "big" -> new ZipStorages(zip, root, true, arena);
      default ->
          throw new TorchException(
              "Byte order %s, expected little or big".formatted(Quoted.of(order)), file);
    };
  }

  MemorySegment pickle() throws TorchException {
    return small("data.pkl", LONGEST_PICKLE).orElseThrow();
  }

  private String byteOrder() throws TorchException {
    Optional<MemorySegment> marker = small("byteorder", LONGEST_MARKER);
    return marker
        .map(text -> new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8))
        .map(String::strip)
        .orElse("little");
  }

  @Override
  public Optional<Run> find(String key) throws TorchException {
    Optional<Entry> found = zip.find(root + "data/" + key);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = found.get();
    MemorySegment data = zip.data(entry);
    if (method(entry) == STORED) {
      return Optional.of(Run.of(data));
    }
    return Optional.of(
        new Run(
            entry.size(),
            Optional.empty(),
            Suppliers.memoize(
                () -> Deflated.unpack(zip.file(), data, entry.size(), entry.crc(), arena))));
  }

  private Optional<MemorySegment> small(String name, int most) throws TorchException {
    Optional<Entry> found = zip.find(root + name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = found.get();
    MemorySegment data = zip.data(entry);
    if (entry.size() < 0 || entry.size() > most || data.byteSize() > most) {
      throw new TorchException(
          "%s has %d bytes, expected at most %d".formatted(name, entry.size(), most), zip.file());
    }
    if (method(entry) == STORED) {
      return Optional.of(data);
    }
    if (entry.size() > data.byteSize() * MOST_DEFLATED) {
      throw new TorchException(
          "Damaged zip archive: %s says that its %d bytes unpack to %d, expected at most %d; fetch or copy it again"
              .formatted(name, data.byteSize(), entry.size(), data.byteSize() * MOST_DEFLATED),
          zip.file());
    }
    ByteArrayOutputStream unpacked = new ByteArrayOutputStream((int) entry.size());
    try {
      Deflated.inflate(data, entry.size(), entry.crc(), unpacked);
    } catch (IOException e) {
      throw new TorchException(
          "Damaged zip archive: %s: %s; fetch or copy it again".formatted(name, e.getMessage()),
          zip.file());
    }
    return Optional.of(MemorySegment.ofArray(unpacked.toByteArray()));
  }

  private int method(Entry entry) throws TorchException {
    if (entry.method() != STORED && entry.method() != DEFLATED) {
      throw new TorchException(
          "Zip compression method %d, expected none or deflate; save the file with torch.save"
              .formatted(entry.method()),
          zip.file());
    }
    if (entry.method() == STORED && entry.packed() != entry.size()) {
      throw new TorchException(
          "Damaged zip archive: an entry of %d bytes stored in %d; fetch or copy it again"
              .formatted(entry.size(), entry.packed()),
          zip.file());
    }
    return entry.method();
  }
}
