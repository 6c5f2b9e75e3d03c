// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.hash.Hashing;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.PlannedWeight;
import io.merge4j.Reduction;
import io.merge4j.Values;
import io.merge4j.Weight;
import io.merge4j.kernel.Gram;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The inputs of one weight: read block by block, and gathered in passes that all threads share.
final class WeightOperands implements Operands, AutoCloseable {

  /// Passes over a tensor are cut into this many strips at most, whatever the number of threads.
  private static final int STRIPS = 64;

  /// Columns of a panel: enough for a cache line of every type, few enough for all cores to have
  /// one.
  private static final int PANEL = 512;

  private final PlannedWeight planned;
  private final Tensor[] tensors;
  private final WeightTask.Run run;
  private final long elements;

  /// The numbers of all operands.
  private final int[] all;

  private @Nullable Arena arena;

  /// @param tensors those of the models, a base apart from them, companions
  WeightOperands(PlannedWeight planned, Tensor[] tensors, WeightTask.Run run) {
    this.planned = planned;
    this.tensors = tensors;
    this.run = run;
    this.elements = planned.output().elements();
    this.all = IntStream.range(0, tensors.length).toArray();
  }

  Tensor tensor(int operand) {
    return tensors[operand];
  }

  /// The tile's block with room for all operands.
  Block block(Tile tile) {
    return tile.block().shape(count(), hasBase(), planned.companions().size());
  }

  /// The numbers of the operands that a blend looks at.
  int[] seenBy(Blend blend) {
    return blend
        .coefficients()
        .map(c -> IntStream.range(0, c.length()).filter(i -> c.get(i) != 0).toArray())
        .orElse(all);
  }

  /// What decodes the blocks of a stretch that ends before element `end`.
  Windows windows(Tile tile, long end) {
    return tile.windows().over(tensors, end);
  }

  /// Runs what reads mapped pages, which may be gone.
  void reading(Runnable work) {
    try {
      work.run();
    } catch (InternalError e) {
      throw run.files().of(planned).unreadable(planned.output().name(), e);
    }
  }

  @Override
  public Shape shape() {
    return planned.output().shape();
  }

  @Override
  public double[][] products() {
    int operands = tensors.length - planned.companions().size();
    return Gram.matrix(operands, reduce(new Products(operands)));
  }

  @Override
  public <A> A reduce(Reduction<A> reduction) {
    long blocks = (elements + Block.SIZE - 1) / Block.SIZE;
    long length = Math.max(1, (blocks + STRIPS - 1) / STRIPS) * Block.SIZE;
    List<Part<A>> strips = new ArrayList<>();
    for (long at = 0; at < elements; at += length) {
      long end = Math.min(at + length, elements);
      strips.add(new Part<>(reduction, at, end, Block.SIZE, Block.SIZE));
    }
    return gathered(strips).stream().reduce(reduction::merge).orElseGet(reduction::start);
  }

  @Override
  public <A> A sample(Reduction<A> reduction) {
    A result = reduction.start();
    run.workers()
        .withTile(tile -> {
          Block block = block(tile);
          reading(() -> {
            for (long at : Sample.places(elements)) {
              int size = (int) Math.min(Sample.PIECE, elements - at);
              windows(tile, at + size).fill(block.at(at, size), all);
              reduction.add(result, block);
            }
          });
        });
    return result;
  }

  @Override
  public void read(int operand, long first, int count, float[] into, int at) {
    reading(() -> tensors[operand].read(first, count, into, at));
  }

  @Override
  public <A> List<A> reduceColumns(long columns, Reduction<A> reduction) {
    List<Part<A>> panels = new ArrayList<>();
    for (long from = 0; from < columns; from += PANEL) {
      int width = (int) Math.min(PANEL, columns - from);
      panels.add(new Part<>(reduction, from, elements, columns, width));
    }
    return gathered(panels);
  }

  /// What one thread gathers of a pass: the elements from `from` to `to`, or `width` neighbours in
  /// every row of `step` on their way down.
  private final class Part<A> {
    private final Reduction<A> reduction;
    private final long from;
    private final long to;
    private final long step;
    private final int width;
    private final A result;

    Part(Reduction<A> reduction, long from, long to, long step, int width) {
      this.reduction = reduction;
      this.from = from;
      this.to = to;
      this.step = step;
      this.width = width;
      this.result = reduction.start();
    }

    void gather(Tile tile) {
      Block block = block(tile);
      reading(() -> {
        Windows windows = windows(tile, to);
        for (long at = from; at < to; at += step) {
          int size = (int) Math.min(width, to - at);
          if (step != width) {
            // What lies between the rows of a panel is not to be copied.
            windows = windows(tile, at + size);
          }
          windows.fill(block.at(at, size), all);
          reduction.add(result, block);
        }
      });
    }
  }

  private <A> List<A> gathered(List<Part<A>> parts) {
    run.workers().all(parts.stream().map(part -> run.workers().stretch(part::gather)).toList());
    return parts.stream().map(part -> part.result).toList();
  }

  @Override
  public synchronized SegmentAllocator memory() {
    Arena known = arena == null ? Arena.ofShared() : arena;
    arena = known;
    return known;
  }

  @Override
  public synchronized void close() {
    if (arena != null) {
      arena.close();
    }
  }

  @Override
  public long randomKey(int model) {
    return Hashing.murmur3_128()
        .newHasher()
        .putLong(run.output().seed().orElse(0))
        .putInt(model)
        .putUnencodedChars(planned.output().name())
        .hash()
        .asLong();
  }

  @Override
  public void note(String remark) {
    run.findings().add(planned.output().name(), remark);
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
