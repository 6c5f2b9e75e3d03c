// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Piece;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// Takes one weight from the mapped inputs to its place in the output: gathers what the method asks
/// for, then decodes, blends, encodes and writes, stretch by stretch.
final class WeightTask implements AutoCloseable {

  private final PlannedWeight planned;
  private final WeightOperands operands;
  private final Run run;
  private final long elements;
  private final AtomicLongArray nonFinite;
  private final AtomicLong exceeding = new AtomicLong();
  private final AtomicLong made = new AtomicLong();
  private final Checksum checksum;

  /// What the tasks of a run share.
  record Run(
      MergeMethod method,
      Output output,
      Workers workers,
      CheckpointWriter writer,
      Progress progress,
      Findings findings,
      InputFiles files) {

    Run writingTo(CheckpointWriter other) {
      return new Run(method, output, workers, other, progress, findings, files);
    }
  }

  /// @param tensors the inputs: those of the models, a base apart from them, companions
  WeightTask(PlannedWeight planned, Tensor[] tensors, Run run) {
    this.planned = planned;
    this.operands = new WeightOperands(planned, tensors, run);
    this.run = run;
    this.elements = planned.output().elements();
    this.nonFinite = new AtomicLongArray(tensors.length);
    this.checksum = new Checksum(planned.output().bytes());
  }

  /// Does it all.
  ///
  /// @return the [Checksum] of what was written
  int run() {
    return run(prepare());
  }

  /// Gathers what the method asks for.
  ///
  /// Where all wait for the device that is written to, it is kept busy: while some weights are
  /// looked at, others are written.
  Blend prepare() {
    if (planned.copied()) {
      return Blend.copy(0);
    }
    return run.writer.waitsForDevice()
        ? run.workers.inTurn(() -> run.method.prepare(operands))
        : run.method.prepare(operands);
  }

  /// Carries out what was prepared.
  ///
  /// @return the [Checksum] of what was written
  int run(Blend blend) {
    if (blend instanceof Blend.Copy copy
        && operands.tensor(copy.operand()).spec().dtype() == planned.output().dtype()) {
      inStretches(
          planned.output().bytes(),
          Tile.BYTES,
          (tile, at, size) -> copy(copy.operand(), tile, at, size));
    } else {
      int[] seen = operands.seenBy(blend);
      inStretches(
          elements,
          Tile.elements(planned.output().dtype()),
          (tile, at, size) -> blend(blend, seen, tile, at, size));
    }
    reportNumbers();
    return checksum.value();
  }

  /// Gives back what its method has allocated.
  @Override
  public void close() {
    operands.close();
  }

  @FunctionalInterface
  private interface Stretch {
    void run(Tile tile, long at, int size) throws IOException;
  }

  private void inStretches(long total, int length, Stretch stretch) {
    run.workers.inStretches(total, length, (tile, at, size) -> guarded(tile, at, size, stretch));
  }

  private void guarded(Tile tile, long at, int size, Stretch stretch) {
    operands.reading(() -> {
      try {
        stretch.run(tile, at, size);
      } catch (IOException e) {
        throw new MergeException(
            "Cannot write tensor %s: %s".formatted(planned.output().name(), e.getMessage()), e);
      }
    });
  }

  /// Bytes are copied first: only such copies, not checksums and not system calls, turn a mapped
  /// page that is gone into an error that can be caught.
  private void copy(int operand, Tile tile, long at, int size) throws IOException {
    Piece piece = piece(at, size);
    operands.tensor(operand).copy(at, piece.bytes());
    if (planned.output().dtype().isFloat()) {
      countNonFinite(operand, piece.bytes(), tile.block().out());
    }
    write(at, piece);
  }

  /// Counts in what was copied.
  ///
  /// @param values room for a block
  private void countNonFinite(int operand, MemorySegment bytes, float[] values) {
    DType dtype = planned.output().dtype();
    Kernels kernels = Kernels.best();
    int count = (int) (bytes.byteSize() / dtype.bytes(1));
    for (int done = 0; done < count; done += Block.SIZE) {
      int size = Math.min(Block.SIZE, count - done);
      if (!kernels.knownFinite(dtype, bytes, dtype.bytes(done), size)) {
        kernels.decode(dtype, bytes, dtype.bytes(done), values, 0, size);
        nonFinite.addAndGet(operand, kernels.nonFinite(values, 0, size));
      }
    }
  }

  /// @param seen the operands that the blend looks at
  private void blend(Blend blend, int[] seen, Tile tile, long at, int size) throws IOException {
    DType dtype = planned.output().dtype();
    Block block = operands.block(tile);
    Windows windows = operands.windows(tile, at + size);
    Piece piece = piece(dtype.bytes(at), dtype.bytes(size));
    for (int done = 0; done < size; done += Block.SIZE) {
      windows.fill(block.at(at + done, Math.min(Block.SIZE, size - done)), seen);
      boolean finite = blend.showsNonFinite() || countNonFinite(windows, block, seen) == 0;
      blend.apply(block);
      if (!encode(block, piece.bytes(), dtype.bytes(done))) {
        if (blend.showsNonFinite()) {
          finite = countNonFinite(windows, block, seen) == 0;
        }
        if (finite) {
          made.addAndGet(Kernels.best().nonFinite(block.out(), 0, block.size()));
        }
      }
    }
    write(dtype.bytes(at), piece);
  }

  /// Encodes a block's result.
  ///
  /// @return whether it is finite throughout
  private boolean encode(Block block, MemorySegment into, long offset) {
    DType dtype = planned.output().dtype();
    if (dtype == DType.F16) {
      countExceeding(block);
    }
    return Kernels.best().encode(dtype, block.out(), 0, block.size(), into, offset);
  }

  private Piece piece(long offset, long size) {
    return run.writer.piece(planned.output().name(), offset, Math.toIntExact(size));
  }

  private void write(long offset, Piece piece) throws IOException {
    long size = piece.bytes().byteSize();
    checksum.add(offset, piece.bytes().asByteBuffer());
    piece.write();
    run.progress.add(size);
  }

  /// @return how many it found
  private int countNonFinite(Windows windows, Block block, int[] seen) {
    int all = 0;
    for (int i : seen) {
      int found = windows.nonFinite(block, i);
      if (found > 0) {
        nonFinite.addAndGet(i, found);
        all += found;
      }
    }
    return all;
  }

  /// Counts finite results that round to infinity in float16: from 65520 on.
  private void countExceeding(Block block) {
    float[] out = block.out();
    int count = 0;
    for (int i = 0; i < block.size(); i++) {
      float magnitude = Math.abs(out[i]);
      count += magnitude >= 65520f && magnitude <= Float.MAX_VALUE ? 1 : 0;
    }
    if (count > 0) {
      exceeding.addAndGet(count);
    }
  }

  private void reportNumbers() {
    for (int i = 0; i < nonFinite.length(); i++) {
      if (nonFinite.get(i) > 0) {
        String text =
            String.format(
                Locale.ROOT,
                "%d of %d elements are NaN or infinite in %s",
                nonFinite.get(i),
                elements,
                planned.inputs().get(i).model());
        if (run.output.strict()) {
          throw new MergeException("Tensor %s: %s".formatted(planned.output().name(), text));
        }
        operands.note(text);
      }
    }
    if (exceeding.get() > 0) {
      operands.note(
          String.format(
              Locale.ROOT,
              "%d of %d elements exceed float16 and became infinite",
              exceeding.get(),
              elements));
    }
    if (made.get() > 0) {
      operands.note(
          String.format(
              Locale.ROOT,
              "%d of %d elements became NaN or infinite where all inputs are finite; make weights and factors smaller",
              made.get(),
              elements));
    }
  }
}
