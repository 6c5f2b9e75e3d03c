// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The two matrices of one module, and how their product changes its weight.
///
/// All changes throw [IllegalArgumentException] if the shapes or types do not fit.
final class Product {

  private final String module;
  private final AdapterConfig config;
  private final boolean embedding;
  private final @Nullable Tensor a;
  private final @Nullable Tensor b;
  private final @Nullable Tensor magnitude;

  Product(String module, AdapterConfig config, Map<Part, Tensor> parts) {
    this.module = module;
    this.config = config;
    this.embedding = parts.containsKey(Part.EMBEDDING_A) || parts.containsKey(Part.EMBEDDING_B);
    this.a = parts.get(embedding ? Part.EMBEDDING_A : Part.A);
    this.b = parts.get(embedding ? Part.EMBEDDING_B : Part.B);
    this.magnitude = parts.get(Part.MAGNITUDE);
  }

  boolean isThere() {
    return a != null || b != null || magnitude != null;
  }

  /// The weight with the product added, and with its magnitudes, where it has such.
  Tensor weight(Tensor weight) {
    if (a == null || b == null) {
      throw new IllegalArgumentException("one of the two matrices of the adapter is missing");
    }
    Tensor thin = a;
    Tensor tall = b;
    TensorSpec spec = weight.spec();
    require(
        spec.dtype().isWritable(),
        "the base has type " + spec.dtype() + ", expected " + DType.writableNames());
    require(isFloat(thin) && isFloat(tall), "the adapter's matrices are no floating numbers");
    require(spec.shape().rank() > 1, "the base has shape " + spec.shape() + ", expected a matrix");
    int rank = rank(thin, tall);
    boolean turned = embedding || isTurned(spec.shape(), thin, tall, rank);
    long rows = spec.shape().size(0);
    long columns = rows == 0 ? 0 : spec.elements() / rows;
    require(
        fits(turned, rows, columns, thin, tall, rank),
        "the base has shape %s, the adapter is for one of %d inputs and %d outputs"
            .formatted(spec.shape(), thin.spec().elements() / rank, tall.spec().elements() / rank));
    Factor left = turned ? new Factor(thin, rows, rank, false) : new Factor(tall, rows, rank, true);
    Factor right =
        turned ? new Factor(tall, columns, rank, true) : new Factor(thin, columns, rank, false);
    return scaled(spec, new LowRankUpdate(weight, left, right, config.scale(module)), turned);
  }

  private Tensor scaled(TensorSpec spec, LowRankUpdate update, boolean turned) {
    require(
        (magnitude != null) == config.dora(),
        "use_dora is %s, but magnitudes are %s"
            .formatted(config.dora(), magnitude == null ? "missing" : "there"));
    if (magnitude == null) {
      return update.tensor();
    }
    long expected = turned ? update.columns() : update.rows();
    require(
        isFloat(magnitude) && magnitude.spec().elements() == expected,
        "%s magnitudes, expected %d".formatted(magnitude.spec().shape(), expected));
    if (turned) {
      ColumnMagnitudes columns = new ColumnMagnitudes(update, magnitude);
      return new ComputedTensor(spec, columns, columns.workingBytes());
    }
    RowMagnitudes rows = new RowMagnitudes(update, magnitude);
    return new ComputedTensor(spec, rows, rows.workingBytes());
  }

  /// A bias with that of the second matrix added.
  Tensor bias(Tensor weight, Tensor bias) {
    TensorSpec spec = weight.spec();
    require(
        spec.dtype().isWritable() && isFloat(bias) && spec.shape().equals(bias.spec().shape()),
        "the base has %s, the adapter %s".formatted(spec, bias.spec()));
    return LowRankUpdate.bias(weight, bias, config.scale(module));
  }

  /// The rank that the matrices have, which must be the one that the scale is made for.
  private int rank(Tensor thin, Tensor tall) {
    int rank = config.rank(module);
    require(
        rank > 0
            && thin.spec().shape().rank() >= 2
            && tall.spec().shape().rank() >= 2
            && thin.spec().shape().size(0) == rank
            && tall.spec().shape().size(1) == rank,
        "matrices of %s and %s, expected rank %d as adapter_config.json says"
            .formatted(thin.spec().shape(), tall.spec().shape(), rank));
    return rank;
  }

  /// Whether the base stores its inputs as rows. The shapes tell, unless it is square; then the
  /// configuration does.
  private boolean isTurned(Shape shape, Tensor thin, Tensor tall, int rank) {
    long rows = shape.size(0);
    long columns = rows == 0 ? 0 : shape.elements() / rows;
    boolean straight = fits(false, rows, columns, thin, tall, rank);
    boolean turned = shape.rank() == 2 && fits(true, rows, columns, thin, tall, rank);
    return (straight && turned) ? config.fanInFanOut() : turned;
  }

  private static boolean fits(
      boolean turned, long rows, long columns, Tensor thin, Tensor tall, int rank) {
    long inputs = turned ? rows : columns;
    long outputs = turned ? columns : rows;
    return thin.spec().elements() == inputs * rank && tall.spec().elements() == outputs * rank;
  }

  private static boolean isFloat(Tensor tensor) {
    return tensor.spec().dtype().isFloat();
  }

  private static void require(boolean fine, String problem) {
    if (!fine) {
      throw new IllegalArgumentException(problem);
    }
  }
}
