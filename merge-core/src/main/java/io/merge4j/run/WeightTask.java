// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.hash.Hashing;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.MergeException;
import io.merge4j.Operands;
import io.merge4j.Output;
import io.merge4j.Parameter;
import io.merge4j.PlannedWeight;
import io.merge4j.Reduction;
import io.merge4j.Values;
import io.merge4j.Weight;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicLongArray;

/// Takes one weight from the mapped inputs to its place in the output: gathers what the method asks
/// for, then decodes, blends, encodes and writes, stretch by stretch.
final class WeightTask implements Operands {

  /// Passes over a tensor are cut into this many strips at most, whatever the number of threads.
  private static final int STRIPS = 64;

  /// Columns of a panel: enough for a cache line of every type, few enough for all cores to have
  /// one.
  private static final int PANEL = 512;

  private final PlannedWeight planned;
  private final Tensor[] tensors;
  private final Run run;
  private final long elements;
  private final AtomicLongArray nonFinite;
  private final AtomicLongArray overflow = new AtomicLongArray(1);
  private final Checksum checksum;

  /// What the tasks of a run share.
  record Run(
      io.merge4j.MergeMethod method,
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
    this.tensors = tensors;
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
  Blend prepare() {
    return planned.copied() ? Blend.copy(0) : run.method.prepare(this);
  }

  /// Carries out what was prepared.
  ///
  /// @return the [Checksum] of what was written
  int run(Blend blend) {
    if (blend instanceof Blend.Copy copy
        && tensors[copy.operand()].spec().dtype() == planned.output().dtype()) {
      inStretches(
          planned.output().bytes(),
          Tile.BYTES,
          (tile, at, size) -> copy(tensors[copy.operand()], tile, at, size));
    } else {
      inStretches(elements, Tile.ELEMENTS, (tile, at, size) -> blend(blend, tile, at, size));
    }
    reportNumbers();
    return checksum.value();
  }

  @FunctionalInterface
  private interface Stretch {
    void run(Tile tile, long at, int size) throws IOException;
  }

  private void inStretches(long total, int length, Stretch stretch) {
    List<ForkJoinTask<?>> tasks = new ArrayList<>();
    for (long at = 0; at < total; at += length) {
      long start = at;
      int size = (int) Math.min(length, total - at);
      tasks.add(run.workers.stretch(tile -> guarded(tile, start, size, stretch)));
    }
    run.workers.all(tasks);
  }

  private void guarded(Tile tile, long at, int size, Stretch stretch) {
    try {
      stretch.run(tile, at, size);
    } catch (IOException e) {
      throw new MergeException(
          "Cannot write tensor %s: %s".formatted(planned.output().name(), e.getMessage()), e);
    } catch (InternalError e) {
      throw vanished(e);
    }
  }

  /// The JVM raises an InternalError when a mapped page is no longer backed by its file.
  private MergeException vanished(InternalError e) {
    return new MergeException(
        "Cannot read tensor %s: an input file was truncated, or its disk failed, while it was read%s"
            .formatted(planned.output().name(), run.files.suspects(planned)),
        e);
  }

  /// Bytes are copied to the tile first: only such copies, not checksums and not system calls, turn
  /// a mapped page that is gone into an error that can be caught.
  private void copy(Tensor from, Tile tile, long at, int size) throws IOException {
    from.copy(at, tile.bytes().asSlice(0, size));
    write(at, tile.filled(size));
  }

  private void blend(Blend blend, Tile tile, long at, int size) throws IOException {
    DType dtype = planned.output().dtype();
    Block block = tile.block().shape(count(), hasBase(), planned.companions().size());
    for (int done = 0; done < size; done += Block.SIZE) {
      fill(block.at(at + done, Math.min(Block.SIZE, size - done)));
      if (!blend.showsNonFinite()) {
        countNonFinite(block);
      }
      blend.apply(block);
      if (blend.showsNonFinite() && Kernels.best().nonFinite(block.out(), 0, block.size()) > 0) {
        countNonFinite(block);
      }
      if (dtype == DType.F16) {
        countOverflow(block);
      }
      Kernels.best().encode(dtype, block.out(), 0, block.size(), tile.bytes(), dtype.bytes(done));
    }
    write(dtype.bytes(at), tile.filled(dtype.bytes(size)));
  }

  private void write(long offset, ByteBuffer bytes) throws IOException {
    int size = bytes.remaining();
    checksum.add(offset, bytes);
    run.writer.write(planned.output().name(), offset, bytes);
    run.progress.add(size);
  }

  private void fill(Block block) {
    for (int i = 0; i < tensors.length; i++) {
      tensors[i].read(block.first(), block.size(), block.operands()[i], 0);
    }
  }

  private void countNonFinite(Block block) {
    for (int i = 0; i < tensors.length; i++) {
      int found = Kernels.best().nonFinite(block.operands()[i], 0, block.size());
      if (found > 0) {
        nonFinite.addAndGet(i, found);
      }
    }
  }

  /// Counts finite results that round to infinity in float16: from 65520 on.
  private void countOverflow(Block block) {
    float[] out = block.out();
    int count = 0;
    for (int i = 0; i < block.size(); i++) {
      float magnitude = Math.abs(out[i]);
      count += magnitude >= 65520f && magnitude <= Float.MAX_VALUE ? 1 : 0;
    }
    if (count > 0) {
      overflow.addAndGet(0, count);
    }
  }

  private void reportNumbers() {
    for (int i = 0; i < tensors.length; i++) {
      if (nonFinite.get(i) > 0) {
        String text =
            "%d of %d elements are NaN or infinite in %s"
                .formatted(nonFinite.get(i), elements, planned.inputs().get(i).model());
        if (run.output.strict()) {
          throw new MergeException("Tensor %s: %s".formatted(planned.output().name(), text));
        }
        note(text);
      }
    }
    if (overflow.get(0) > 0) {
      note(
          "%d of %d elements exceed float16 and became infinite"
              .formatted(overflow.get(0), elements));
    }
  }

  @Override
  public Shape shape() {
    return planned.output().shape();
  }

  @Override
  public double[][] products() {
    int operands = tensors.length - planned.companions().size();
    double[] sums = reduce(new Products(operands));
    double[][] products = new double[operands][operands];
    int k = 0;
    for (int i = 0; i < operands; i++) {
      for (int j = i; j < operands; j++, k++) {
        products[i][j] = sums[k];
        products[j][i] = sums[k];
      }
    }
    return products;
  }

  @Override
  public <A> A reduce(Reduction<A> reduction) {
    long blocks = (elements + Block.SIZE - 1) / Block.SIZE;
    long length = Math.max(1, (blocks + STRIPS - 1) / STRIPS) * Block.SIZE;
    List<Partial<A>> partials = new ArrayList<>();
    for (long at = 0; at < elements; at += length) {
      partials.add(new Partial<>(reduction, at, Math.min(length, elements - at)));
    }
    run.workers.all(
        partials.stream().map(partial -> run.workers.stretch(partial::gather)).toList());
    return partials.stream()
        .map(partial -> partial.result)
        .reduce(reduction::merge)
        .orElseGet(reduction::start);
  }

  @Override
  public <A> A sample(Reduction<A> reduction) {
    if (elements <= Sample.LEAST) {
      return reduce(reduction);
    }
    A result = reduction.start();
    run.workers.withTile(tile -> {
      Block block = tile.block().shape(count(), hasBase(), planned.companions().size());
      try {
        for (long at : Sample.places(elements)) {
          fill(block.at(at, Sample.PIECE));
          reduction.add(result, block);
        }
      } catch (InternalError e) {
        throw vanished(e);
      }
    });
    return result;
  }

  @Override
  public void read(int operand, long first, int count, float[] into, int at) {
    try {
      tensors[operand].read(first, count, into, at);
    } catch (InternalError e) {
      throw vanished(e);
    }
  }

  /// One strip of a pass.
  private final class Partial<A> {
    private final Reduction<A> reduction;
    private final long at;
    private final long size;
    private final A result;

    Partial(Reduction<A> reduction, long at, long size) {
      this.reduction = reduction;
      this.at = at;
      this.size = size;
      this.result = reduction.start();
    }

    void gather(Tile tile) {
      Block block = tile.block().shape(count(), hasBase(), planned.companions().size());
      try {
        for (long done = 0; done < size; done += Block.SIZE) {
          fill(block.at(at + done, (int) Math.min(Block.SIZE, size - done)));
          reduction.add(result, block);
        }
      } catch (InternalError e) {
        throw vanished(e);
      }
    }
  }

  @Override
  public <A> List<A> reduceColumns(long columns, Reduction<A> reduction) {
    List<Panel<A>> panels = new ArrayList<>();
    for (long from = 0; from < columns; from += PANEL) {
      panels.add(new Panel<>(reduction, columns, from));
    }
    run.workers.all(panels.stream().map(panel -> run.workers.stretch(panel::gather)).toList());
    return panels.stream().map(panel -> panel.result).toList();
  }

  /// Neighbouring columns on their way down.
  private final class Panel<A> {
    private final Reduction<A> reduction;
    private final long columns;
    private final long from;
    private final A result;

    Panel(Reduction<A> reduction, long columns, long from) {
      this.reduction = reduction;
      this.columns = columns;
      this.from = from;
      this.result = reduction.start();
    }

    void gather(Tile tile) {
      Block block = tile.block().shape(count(), hasBase(), planned.companions().size());
      try {
        for (long at = from; at < elements; at += columns) {
          fill(block.at(at, (int) Math.min(PANEL, columns - from)));
          reduction.add(result, block);
        }
      } catch (InternalError e) {
        throw vanished(e);
      }
    }
  }

  @Override
  public long randomKey(int model) {
    return Hashing.murmur3_128()
        .newHasher()
        .putLong(run.output.seed())
        .putInt(model)
        .putUnencodedChars(planned.output().name())
        .hash()
        .asLong();
  }

  @Override
  public void note(String remark) {
    run.findings.add(planned.output().name(), remark);
  }

  private Values values() {
    return planned.values();
  }

  @Override
  public Weight weight() {
    return values().weight();
  }

  @Override
  public int count() {
    return planned.models().size();
  }

  @Override
  public boolean hasBase() {
    return planned.base().isPresent();
  }

  @Override
  public double number(Parameter parameter) {
    return values().number(parameter);
  }

  @Override
  public boolean flag(Parameter parameter) {
    return values().flag(parameter);
  }

  @Override
  public String text(Parameter parameter) {
    return values().text(parameter);
  }

  @Override
  public boolean has(Parameter parameter) {
    return values().has(parameter);
  }

  @Override
  public double number(Parameter parameter, int model) {
    return values().number(parameter, model);
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    return values().has(parameter, model);
  }
}
