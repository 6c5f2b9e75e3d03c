// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An embedding some of whose rows are replaced.
///
/// @param rows for the rows that are replaced, where the new one stands in `replacement`
record TokenRows(Tensor weight, ImmutableMap<Long, Long> rows, Tensor replacement)
    implements ComputedTensor.Elements {

  /// @param ids the rows that are replaced, in the order of the replacement
  /// @throws IllegalArgumentException if they do not fit
  static Tensor of(Tensor weight, Tensor replacement, Optional<ImmutableList<Long>> ids) {
    TensorSpec spec = weight.spec();
    Shape found = replacement.spec().shape();
    boolean fits =
        ids.isPresent()
            && spec.shape().rank() == 2
            && spec.dtype().isWritable()
            && replacement.spec().dtype().isFloat()
            && found.equals(Shape.of(ids.get().size(), spec.shape().rowLength()))
            && ids.get().stream().allMatch(id -> id >= 0 && id < spec.shape().size(0));
    if (!fits) {
      throw new IllegalArgumentException(
          "%d ids in trainable_token_indices and %s rows, for a base of %s"
              .formatted(ids.map(List::size).orElse(0), found, spec.shape()));
    }
    Map<Long, Long> rows = new HashMap<>();
    for (int i = 0; i < ids.get().size(); i++) {
      rows.put(ids.get().get(i), (long) i);
    }
    return new ComputedTensor(
        spec, new TokenRows(weight, ImmutableMap.copyOf(rows), replacement), weight.workingBytes());
  }

  @Override
  public void compute(long first, int count, float[] into, int at) {
    long columns = weight.spec().shape().rowLength();
    weight.read(first, count, into, at);
    for (long done = 0; done < count; ) {
      long row = (first + done) / columns;
      long column = (first + done) % columns;
      int size = (int) Math.min(count - done, columns - column);
      Long found = rows.get(row);
      if (found != null) {
        replacement.read(found * columns + column, size, into, at + (int) done);
      }
      done += size;
    }
  }
}
