// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.hash.Hashing;
import io.merge4j.Block;
import io.merge4j.MergeException;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.PlannedWeight;
import io.merge4j.Reduction;
import io.merge4j.Values;
import io.merge4j.Weight;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The inputs of one weight: read block by block, and gathered in passes that all threads share.
final class WeightOperands implements Operands {

  /// Passes over a tensor are cut into this many strips at most, whatever the number of threads.
  private static final int STRIPS = 64;

  /// Columns of a panel: enough for a cache line of every type, few enough for all cores to have
  /// one.
  private static final int PANEL = 512;

  private final PlannedWeight planned;
  private final Tensor[] tensors;
  private final WeightTask.Run run;
  private final long elements;

  /// @param tensors those of the models, a base apart from them, companions
  WeightOperands(PlannedWeight planned, Tensor[] tensors, WeightTask.Run run) {
    this.planned = planned;
    this.tensors = tensors;
    this.run = run;
    this.elements = planned.output().elements();
  }

  Tensor tensor(int operand) {
    return tensors[operand];
  }

  /// The tile's block with room for all operands.
  Block block(Tile tile) {
    return tile.block().shape(count(), hasBase(), planned.companions().size());
  }

  /// Decodes the block's elements of all operands.
  void fill(Block block) {
    for (int i = 0; i < tensors.length; i++) {
      tensors[i].read(block.first(), block.size(), block.operands()[i], 0);
    }
  }

  /// Runs what reads mapped pages: the JVM raises an InternalError when one is no longer backed by
  /// its file.
  void reading(Runnable work) {
    try {
      work.run();
    } catch (InternalError e) {
      throw new MergeException(
          "Cannot read tensor %s: an input file was truncated, or its disk failed, while it was read%s"
              .formatted(planned.output().name(), run.files().suspects(planned)),
          e);
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
    run.workers()
        .all(partials.stream().map(partial -> run.workers().stretch(partial::gather)).toList());
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
    run.workers()
        .withTile(tile -> {
          Block block = block(tile);
          reading(() -> {
            for (long at : Sample.places(elements)) {
              fill(block.at(at, Sample.PIECE));
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
      Block block = block(tile);
      reading(() -> {
        for (long done = 0; done < size; done += Block.SIZE) {
          fill(block.at(at + done, (int) Math.min(Block.SIZE, size - done)));
          reduction.add(result, block);
        }
      });
    }
  }

  @Override
  public <A> List<A> reduceColumns(long columns, Reduction<A> reduction) {
    List<Panel<A>> panels = new ArrayList<>();
    for (long from = 0; from < columns; from += PANEL) {
      panels.add(new Panel<>(reduction, columns, from));
    }
    run.workers().all(panels.stream().map(panel -> run.workers().stretch(panel::gather)).toList());
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
      Block block = block(tile);
      reading(() -> {
        for (long at = from; at < elements; at += columns) {
          fill(block.at(at, (int) Math.min(PANEL, columns - from)));
          reduction.add(result, block);
        }
      });
    }
  }

  @Override
  public long randomKey(int model) {
    return Hashing.murmur3_128()
        .newHasher()
        .putLong(run.output().seed())
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
