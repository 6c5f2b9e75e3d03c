// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// The blocks of a file in which pieces of it meet: what each has of a block is kept until the
/// others have come, so that the block can be written as a whole.
final class Seams {

  /// Blocks to keep at most; most wait for the next pieces, some for ones that go another way.
  private static final int MOST = 32;

  /// Takes bytes of a file.
  @FunctionalInterface
  interface Sink {
    void write(long position, ByteBuffer bytes) throws IOException;
  }

  private final int block;
  private final Sink others;

  /// By the position of the block.
  private final Map<Long, Seam> open = new HashMap<>();

  private final Deque<Seam> spare = new ArrayDeque<>();

  /// @param block bytes of a block
  /// @param others takes parts of blocks whose rest does not come
  Seams(int block, Sink others) {
    this.block = block;
    this.others = others;
  }

  /// Brings a piece to whole blocks, those of which every byte is known now; keeps the rest.
  ///
  /// @param origin the position in the file of the piece's index 0, where a block begins
  /// @param piece the bytes between its position and its limit, with room for whole blocks; whole
  ///   blocks afterwards, or nothing
  void fit(long origin, ByteBuffer piece) throws IOException {
    int from = piece.position();
    int to = piece.limit();
    int first = from / block * block;
    int last = (to - 1) / block * block;
    piece.clear();
    boolean begins = isWhole(origin, piece, first, from, Math.min(to, first + block));
    boolean ends = first == last ? begins : isWhole(origin, piece, last, Math.max(from, last), to);
    int start = begins ? first : first + block;
    int end = ends ? last + block : last;
    piece.limit(Math.max(start, end)).position(start);
    if (open.size() > MOST) {
      drain();
    }
  }

  /// Makes a block whole, or keeps what there is of it.
  ///
  /// @param at index of the block
  /// @param from index from which on it has bytes of the piece
  /// @param to index before which these end
  private boolean isWhole(long origin, ByteBuffer piece, int at, int from, int to) {
    if (to - from == block) {
      return true;
    }
    Seam seam = open.computeIfAbsent(origin + at, position -> empty());
    piece.get(from, seam.bytes, from - at, to - from);
    seam.known.set(from - at, to - at);
    if (seam.known.cardinality() < block) {
      return false;
    }
    open.remove(origin + at);
    piece.put(at, seam.bytes);
    spare.push(seam);
    return true;
  }

  private Seam empty() {
    Seam seam = spare.isEmpty() ? new Seam(block) : spare.pop();
    seam.known.clear();
    return seam;
  }

  /// Gives away what is kept.
  void drain() throws IOException {
    for (Map.Entry<Long, Seam> entry : open.entrySet()) {
      entry.getValue().drain(entry.getKey(), others);
    }
    spare.addAll(open.values());
    open.clear();
  }

  /// Lets go of what is kept to be used again.
  void trim() {
    spare.clear();
  }

  /// What is known of a block.
  private static final class Seam {
    private final byte[] bytes;
    private final BitSet known;

    Seam(int block) {
      bytes = new byte[block];
      known = new BitSet(block);
    }

    void drain(long position, Sink sink) throws IOException {
      for (int from = known.nextSetBit(0); from >= 0; ) {
        int to = known.nextClearBit(from);
        sink.write(position + from, ByteBuffer.wrap(bytes, from, to - from));
        from = known.nextSetBit(to);
      }
    }
  }
}
