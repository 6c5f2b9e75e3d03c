// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static java.util.Objects.checkFromIndexSize;

import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A tensor whose rows along one axis are rows of other tensors, in any order; nothing is copied.
///
/// A row is one of a source, zeros, or the mean of the same row in several sources. Rows beyond the
/// real ones are padding: the mean of the real ones, computed once when it is first read.
///
/// The axis need not be the first: rows of a transposed matrix are its columns.
public final class RowMapped implements Tensor {

  /// Which rows a view has.
  public interface Rows {

    /// The code of a row of zeros.
    int ZERO = -1;

    /// The code of a row that is the mean of several sources.
    int MEAN = -2;

    /// Number of rows.
    int size();

    /// Number of real rows; those from there on are padding.
    int real();

    /// Where a real row comes from: the index of a source, [#ZERO] or [#MEAN].
    int source(int row);

    /// The number that a row has in a source.
    int row(int source, int row);

    /// Whether a source takes part in the mean that is a row.
    boolean isInMean(int source, int row);

    /// Whether row i is row i of the tensor's own source throughout.
    boolean isPrefix();
  }

  private static final int PADDING = -3;

  /// Elements that are worked on at once.
  private static final int MOST = 1 << 14;

  private final TensorSpec spec;
  private final int axis;
  private final @Nullable Tensor[] sources;
  private final Rows rows;
  private final long inner;
  private final Object lock = new Object();
  private volatile float @Nullable [] padding;

  private RowMapped(TensorSpec spec, int axis, @Nullable Tensor[] sources, Rows rows) {
    this.spec = spec;
    this.axis = axis;
    this.sources = sources;
    this.rows = rows;
    long size = 1;
    for (int i = axis + 1; i < spec.shape().rank(); i++) {
      size *= spec.shape().size(i);
    }
    this.inner = size;
  }

  /// A view of `own` with other rows.
  ///
  /// @param own the tensor whose rows are rearranged; gives name, type and the other dimensions
  /// @param axis the dimension that counts rows
  /// @param sources tensors by index, `own` among them, `null` where a source lacks it; all of
  ///   floating types and of `own`'s shape but for `axis`
  public static Tensor of(Tensor own, int axis, @Nullable Tensor[] sources, Rows rows) {
    TensorSpec before = own.spec();
    TensorSpec spec =
        new TensorSpec(before.name(), before.dtype(), before.shape().with(axis, rows.size()));
    Optional<MemorySegment> bytes = own.bytes();
    if (rows.isPrefix() && spec.equals(before)) {
      return own;
    }
    if (rows.isPrefix() && axis == 0 && bytes.isPresent()) {
      return Tensor.of(spec, bytes.get().asSlice(0, spec.bytes()));
    }
    return new RowMapped(spec, axis, sources.clone(), rows);
  }

  @Override
  public TensorSpec spec() {
    return spec;
  }

  @Override
  public void read(long first, int count, float[] into, int at) {
    checkFromIndexSize(first, count, spec.elements());
    checkFromIndexSize(at, count, into.length);
    int done = 0;
    while (done < count) {
      Run run = run(first + done, count - done);
      read(run, into, at + done);
      done += run.count;
    }
  }

  /// Neighbouring elements that come from one place.
  ///
  /// @param outer index over the dimensions before the axis
  /// @param row the row of the first element
  /// @param offset its place in the row
  private record Run(long outer, int row, long offset, int source, int count) {}

  private Run run(long element, long most) {
    long slab = inner * rows.size();
    long outer = element / slab;
    int row = (int) (element % slab / inner);
    long offset = element % inner;
    int source = source(row);
    long length = inner - offset;
    int next = row + 1;
    while (length < most && next < rows.size() && follows(source, row, next)) {
      length += inner;
      next++;
    }
    return new Run(outer, row, offset, source, (int) Math.min(length, most));
  }

  private int source(int row) {
    return row < rows.real() ? rows.source(row) : PADDING;
  }

  private boolean follows(int source, int row, int next) {
    return source >= 0
        && source(next) == source
        && rows.row(source, next) == rows.row(source, row) + (next - row);
  }

  private void read(Run run, float[] into, int at) {
    switch (run.source) {
      case Rows.ZERO -> Arrays.fill(into, at, at + run.count, 0);
      case Rows.MEAN -> readMean(run, into, at);
      case PADDING ->
          System.arraycopy(padding(), (int) (run.outer * inner + run.offset), into, at, run.count);
      default -> {
        Tensor tensor = tensor(run.source);
        tensor.read(place(tensor, run, run.source), run.count, into, at);
      }
    }
  }

  private Tensor tensor(int source) {
    Tensor tensor = sources[source];
    if (tensor == null) {
      throw new IllegalStateException(
          "Tensor %s has no source %d, whose rows it needs".formatted(spec.name(), source));
    }
    return tensor;
  }

  /// Number of a run's first element in a source.
  private long place(Tensor tensor, Run run, int source) {
    long slab = tensor.spec().shape().size(axis) * inner;
    return run.outer * slab + rows.row(source, run.row) * inner + run.offset;
  }

  private void readMean(Run run, float[] into, int at) {
    double[] sums = new double[run.count];
    float[] values = new float[run.count];
    int terms = 0;
    for (int source = 0; source < sources.length; source++) {
      if (rows.isInMean(source, run.row)) {
        Tensor tensor = tensor(source);
        tensor.read(place(tensor, run, source), run.count, values, 0);
        for (int i = 0; i < run.count; i++) {
          sums[i] += values[i];
        }
        terms++;
      }
    }
    for (int i = 0; i < run.count; i++) {
      into[at + i] = (float) (sums[i] / terms);
    }
  }

  /// A padding row for each index of the dimensions before the axis.
  private float[] padding() {
    float[] known = padding;
    if (known != null) {
      return known;
    }
    synchronized (lock) {
      float[] again = padding;
      if (again == null) {
        again = MeanRows.of(this, rows.real(), rows.size(), inner);
        padding = again;
      }
      return again;
    }
  }

  @Override
  public void copy(long firstByte, MemorySegment into) {
    checkFromIndexSize(firstByte, into.byteSize(), spec.bytes());
    long width = spec.dtype().bytes(1);
    long done = 0;
    while (done < into.byteSize()) {
      long at = firstByte + done;
      long first = at / width;
      long skip = at % width;
      long wanted = (into.byteSize() - done + skip + width - 1) / width;
      Run run = run(first, Math.min(wanted, MOST));
      long size = Math.min(run.count * width - skip, into.byteSize() - done);
      copy(run, skip, into.asSlice(done, size));
      done += size;
    }
  }

  private void copy(Run run, long skip, MemorySegment into) {
    DType dtype = spec.dtype();
    if (run.source >= 0 && tensor(run.source).spec().dtype() == dtype) {
      Tensor tensor = tensor(run.source);
      tensor.copy(dtype.bytes(place(tensor, run, run.source)) + skip, into);
      return;
    }
    float[] values = new float[run.count];
    read(run, values, 0);
    MemorySegment encoded = MemorySegment.ofArray(new byte[(int) dtype.bytes(run.count)]);
    Kernels.best().encode(dtype, values, 0, run.count, encoded, 0);
    MemorySegment.copy(encoded, skip, into, 0, into.byteSize());
  }
}
