// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Block;
import io.merge4j.Bytes;
import io.merge4j.Input;
import io.merge4j.MergeMethod;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.run.Tile;
import io.merge4j.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a merge holds in memory, and with how many threads it stays within what it may.
///
/// @param shared bytes that are held once
/// @param worker bytes that each thread holds, in the weight that takes most
/// @param weights bytes off the heap that each weight takes while it is under way, most first;
///   those that take none left out
record MemoryBudget(long shared, long worker, ImmutableList<Long> weights) {

  /// Classes, compiled code, headers, plans, and what is on its way to the disk.
  private static final long JVM_BYTES = 64_000_000;

  static MemoryBudget of(
      ImmutableList<PlannedWeight> weights,
      MergeMethod method,
      OpenModels models,
      Optional<PlannedVocabulary> vocabulary,
      Optional<PlannedAdapters> adapters) {
    return new MemoryBudget(
        JVM_BYTES + vocabulary.map(each -> each.rows().bytes()).orElse(0L),
        Tile.OFF_HEAP
            + weights.stream().mapToLong(weight -> held(weight, method, models)).max().orElse(0)
            + adapters.map(each -> each.workingBytes(weights)).orElse(0L),
        weights.stream()
            .filter(weight -> !weight.copied())
            .map(weight -> method.offHeapBytes(weight.output().shape(), weight.models().size()))
            .filter(bytes -> bytes > 0)
            .sorted(Comparator.reverseOrder())
            .collect(ImmutableList.toImmutableList()));
  }

  /// Decoded blocks, a piece of the output, and what the method and inputs that are computed hold.
  private static long held(PlannedWeight weight, MergeMethod method, OpenModels models) {
    List<Input> inputs = weight.inputs();
    long blocks = (long) Float.BYTES * Block.SIZE * (inputs.size() + 2);
    long computed = inputs.stream().mapToLong(input -> held(input, models)).sum();
    long ofMethod =
        weight.copied() ? 0 : method.workingBytes(weight.output().shape(), weight.models().size());
    return blocks + computed + ofMethod;
  }

  private static long held(Input input, OpenModels models) {
    return models
        .get(input.model())
        .checkpoint()
        .find(input.tensor().name())
        .map(Tensor::workingBytes)
        .orElse(0L);
  }

  /// As many threads as asked for and memory allows.
  ///
  /// @param problems gets one if not even one thread fits
  /// @param remarks gets one if fewer fit than asked for
  int threads(Output output, Problems problems, List<String> remarks) {
    long heap = Runtime.getRuntime().maxMemory();
    long held = Math.max(1, worker - Tile.OFF_HEAP);
    // The rest is for plans, and for new objects.
    long fitting = Math.min(fitting(output), heap / 4 * 3 / held);
    if (bytes(1) <= output.maxMemory() && fitting < 1) {
      problems.add(
          "The merge takes %s of heap with one thread, the JVM has %s in all; give it more (-Xmx)"
              .formatted(Bytes.print(held), Bytes.print(heap)));
    } else if (fitting < 1) {
      problems.add(
          "The merge takes %s of memory with one thread, allowed are %s; allow more"
              .formatted(Bytes.print(bytes(1)), Bytes.print(output.maxMemory())));
    } else if (fitting < output.threads()) {
      remarks.add(
          "Runs with %d thread%s instead of %d to stay within %s of memory"
              .formatted(
                  fitting,
                  fitting == 1 ? "" : "s",
                  output.threads(),
                  Bytes.print(output.maxMemory())));
    }
    return Math.clamp(fitting, 1, output.threads());
  }

  /// The greatest number of threads up to that asked for with which all fits.
  private int fitting(Output output) {
    int threads = output.threads();
    while (threads > 0 && bytes(threads) > output.maxMemory()) {
      threads--;
    }
    return threads;
  }

  /// Bytes of all, with a weight under way for each thread.
  long bytes(int threads) {
    return shared
        + threads * worker
        + weights.stream().limit(threads).mapToLong(Long::longValue).sum();
  }
}
