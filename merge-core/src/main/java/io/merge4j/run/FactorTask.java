// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.primitives.ImmutableDoubleArray;
import io.merge4j.AdapterRank;
import io.merge4j.Blend;
import io.merge4j.Input;
import io.merge4j.MergeException;
import io.merge4j.PlannedWeight;
import io.merge4j.adapter.LowRank;
import io.merge4j.adapter.Rounding;
import io.merge4j.plan.PlannedAdapters;
import io.merge4j.svd.Difference;
import io.merge4j.svd.OuterProducts;
import io.merge4j.svd.Truncation;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds the factors of what is made of the changes that several adapters make to one weight.
///
/// Where the method turns out to be a weighted sum, the factors themselves are put side by side, `B
/// = [c₁ s₁ B₁, c₂ s₂ B₂, ...]` and `A = [A₁; A₂; ...]`, and their product is the sum. What any
/// other method makes of the weight is computed in full, into a file, and taken apart again.
///
/// @param weight in float32
/// @param directory where a file may lie for a while
record FactorTask(PlannedWeight weight, PlannedAdapters adapters, Path directory) {

  /// @param tensors the changes
  /// @param run what tasks share; its writer is not used
  Truncation find(Tensor[] tensors, WeightTask.Run run) throws IOException {
    try (WeightTask task = new WeightTask(weight, tensors, run)) {
      return find(task.prepare(), tensors, run);
    }
  }

  private Truncation find(Blend blend, Tensor[] tensors, WeightTask.Run run) throws IOException {
    Optional<ImmutableDoubleArray> coefficients = blend.coefficients();
    try {
      return coefficients.isPresent() ? sum(coefficients.get()) : dense(blend, tensors, run);
    } catch (InternalError e) {
      throw run.files().of(weight).unreadable(weight.output().name(), e);
    } catch (MergeException e) {
      throw new MergeException(weight.output().name() + ": " + e.getMessage(), e);
    }
  }

  private Truncation sum(ImmutableDoubleArray coefficients) {
    List<double[]> tall = new ArrayList<>();
    List<double[]> thin = new ArrayList<>();
    List<Input> inputs = weight.inputs();
    for (int i = 0; i < coefficients.length(); i++) {
      Optional<LowRank> factors = adapters.factors(inputs.get(i));
      double coefficient = coefficients.get(i);
      if (coefficient != 0 && factors.isPresent()) {
        tall.addAll(Arrays.asList(factors.get().columns(coefficient * factors.get().scale())));
        thin.addAll(Arrays.asList(factors.get().rows()));
      }
    }
    if (tall.isEmpty()) {
      return nothing(0);
    }
    OuterProducts products =
        new OuterProducts(tall.toArray(double[][]::new), thin.toArray(double[][]::new));
    AdapterRank rank = adapters.rank();
    boolean whole = rank.isUnset() && tall.size() <= Math.min(rows(), columns());
    Truncation found =
        whole
            ? products.whole(this::rounded)
            : products.truncated(rank.most(), rank.energy(), this::rounded);
    return found.rank() == 0 ? nothing(found.total()) : found;
  }

  private Truncation dense(Blend blend, Tensor[] tensors, WeightTask.Run run) throws IOException {
    TensorSpec spec = weight.output();
    Path file = Files.createTempFile(directory, "dense", "");
    AdapterRank rank = adapters.rank();
    OptionalInt most = rank.isUnset() ? OptionalInt.of(adapters.greatestRank(weight)) : rank.most();
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        Arena arena = Arena.ofConfined()) {
      Region region =
          new Region(
              (at, bytes) -> {
                for (long next = at; bytes.hasRemaining(); ) {
                  next += channel.write(bytes, next);
                }
              },
              run.workers().rooms());
      try (WeightTask task = new WeightTask(weight, tensors, run.writingTo(region))) {
        task.run(blend);
      }
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, spec.bytes(), arena);
      Difference difference = new Difference(Tensor.of(spec, mapped), LowRank.zero(spec));
      Truncation found =
          Truncation.of(difference, most, rank.energy(), this::rounded, spec.name().hashCode());
      return found.rank() == 0 ? nothing(found.total()) : found;
    }
  }

  /// Zeros of rank 1, so that the module has factors.
  private Truncation nothing(double total) {
    return new Truncation(new float[1][rows()], new float[1][columns()], total, total);
  }

  private int rows() {
    return Math.toIntExact(weight.output().shape().size(0));
  }

  private int columns() {
    return Math.toIntExact(weight.output().shape().size(1));
  }

  /// Numbers as they will be stored.
  private float[] rounded(float[] values) {
    return Rounding.rounded(values, adapters.dtype());
  }
}
