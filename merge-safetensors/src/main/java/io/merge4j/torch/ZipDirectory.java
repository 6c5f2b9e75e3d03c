// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The central directory of a mapped zip archive, with the places of the data.
///
/// [java.util.zip.ZipFile] does not tell where in the file an entry's data begins, which is what
/// mapping needs.
///
/// *Source:* PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
///
/// @param entries by name, in the order of the directory
record ZipDirectory(String file, MemorySegment bytes, ImmutableMap<String, Entry> entries) {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int LOCAL_HEADER = 30;
  private static final int CENTRAL_HEADER = 46;
  private static final int END = 22;
  private static final int END_64 = 56;
  private static final int LOCATOR_64 = 20;
  private static final long LONGEST_COMMENT = 65535;

  /// Far more than a model has; bounds what reading a hostile directory takes.
  private static final long MOST_BYTES = 64 << 20;

  private static final long IN_EXTRA = 0xffffffffL;

  /// One file in the archive.
  ///
  /// @param method 0 stored, 8 deflated
  /// @param crc of its data, unpacked
  /// @param packed bytes in the archive
  /// @param size bytes unpacked
  /// @param header position of its local header
  record Entry(int method, long crc, long packed, long size, long header) {}

  static ZipDirectory read(String file, MemorySegment bytes) throws TorchException {
    return new Reader(file, bytes).read();
  }

  Optional<Entry> find(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  /// The bytes of an entry as they lie in the archive.
  MemorySegment data(Entry entry) throws TorchException {
    long at = entry.header;
    if (at < 0 || at > bytes.byteSize() - LOCAL_HEADER || bytes.get(INT, at) != 0x04034b50) {
      throw damaged("no entry at offset " + at);
    }
    long start =
        at
            + LOCAL_HEADER
            + Short.toUnsignedInt(bytes.get(SHORT, at + 26))
            + Short.toUnsignedInt(bytes.get(SHORT, at + 28));
    if (entry.packed < 0 || start > bytes.byteSize() || entry.packed > bytes.byteSize() - start) {
      throw damaged("an entry of %d bytes at %d".formatted(entry.packed, start));
    }
    return bytes.asSlice(start, entry.packed);
  }

  private TorchException damaged(String problem) {
    return damaged(file, bytes, problem);
  }

  private static TorchException damaged(String file, MemorySegment bytes, String problem) {
    return new TorchException(
        "Damaged zip archive: %s, the file has %d bytes; fetch or copy it again"
            .formatted(problem, bytes.byteSize()),
        file);
  }

  /// Reads from the end, where the archive says how long its directory is.
  private record Reader(String file, MemorySegment bytes) {

    ZipDirectory read() throws TorchException {
      long end = end();
      long size = u4(end + 12);
      long start = u4(end + 16);
      long locator = end - LOCATOR_64;
      if (locator >= 0 && bytes.get(INT, locator) == 0x07064b50) {
        long end64 = bytes.get(LONG, locator + 8);
        if (end64 < 0 || end64 > locator - END_64 || bytes.get(INT, end64) != 0x06064b50) {
          throw damaged(file, bytes, "its 64-bit end record is not at " + end64);
        }
        size = bytes.get(LONG, end64 + 40);
        start = bytes.get(LONG, end64 + 48);
      }
      if (size < 0 || start < 0 || start > end || size > end - start) {
        throw damaged(file, bytes, "a directory of %d bytes at %d".formatted(size, start));
      }
      if (size > MOST_BYTES) {
        throw damaged(
            file, bytes, "a directory of %d bytes, at most %d".formatted(size, MOST_BYTES));
      }
      return new ZipDirectory(file, bytes, entries(start, start + size));
    }

    private long end() throws TorchException {
      long least = Math.max(0, bytes.byteSize() - END - LONGEST_COMMENT);
      for (long at = bytes.byteSize() - END; at >= least; at--) {
        if (bytes.get(INT, at) == 0x06054b50) {
          return at;
        }
      }
      throw damaged(file, bytes, "it has no directory at its end and may be cut off");
    }

    private ImmutableMap<String, Entry> entries(long from, long to) throws TorchException {
      Map<String, Entry> entries = new LinkedHashMap<>();
      for (long at = from; at < to; ) {
        if (to - at < CENTRAL_HEADER || bytes.get(INT, at) != 0x02014b50) {
          throw damaged(file, bytes, "no directory entry at offset " + at);
        }
        int name = u2(at + 28);
        int extra = u2(at + 30);
        long next = at + CENTRAL_HEADER + name + extra + u2(at + 32);
        if (next > to) {
          throw damaged(file, bytes, "the directory entry at %d leaves it".formatted(at));
        }
        if ((u2(at + 8) & 1) != 0) {
          throw damaged(file, bytes, "an encrypted entry at offset " + at);
        }
        String text =
            new String(
                bytes.asSlice(at + CENTRAL_HEADER, name).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
        if (entries.put(text, entry(at, name, extra)) != null) {
          throw damaged(file, bytes, "two entries " + Quoted.of(text));
        }
        at = next;
      }
      return ImmutableMap.copyOf(entries);
    }

    /// Numbers that need more than 32 bits stand in an extra field, in this order.
    private Entry entry(long at, int name, int extra) throws TorchException {
      long extraStart = at + CENTRAL_HEADER + name;
      Wide wide = new Wide(bytes, extraStart, extraStart + extra);
      long size = wide.number(u4(at + 24));
      long packed = wide.number(u4(at + 20));
      long header = wide.number(u4(at + 42));
      if (wide.missing) {
        throw damaged(file, bytes, "a 64-bit size is missing in the entry at offset " + at);
      }
      return new Entry(u2(at + 10), u4(at + 16), packed, size, header);
    }

    private int u2(long at) {
      return Short.toUnsignedInt(bytes.get(SHORT, at));
    }

    private long u4(long at) {
      return Integer.toUnsignedLong(bytes.get(INT, at));
    }
  }

  /// The extra field with 64-bit numbers of an entry.
  private static final class Wide {
    private final MemorySegment bytes;
    private long next;
    private long end;
    private boolean missing;

    Wide(MemorySegment bytes, long from, long to) {
      this.bytes = bytes;
      for (long at = from; to - at >= 4; ) {
        int length = Short.toUnsignedInt(bytes.get(SHORT, at + 2));
        if (bytes.get(SHORT, at) == 1 && length <= to - at - 4) {
          next = at + 4;
          end = next + length;
          return;
        }
        at += 4 + length;
      }
    }

    long number(long narrow) {
      if (narrow != IN_EXTRA) {
        return narrow;
      }
      if (end - next < Long.BYTES) {
        missing = true;
        return -1;
      }
      long number = bytes.get(LONG, next);
      next += Long.BYTES;
      return number;
    }
  }
}
