// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// Every merge method on a matrix of two fine-tunes and, where it takes one, a base, in bfloat16:
/// its passes over the operands, and the blend that follows, both with decoding; on one thread.
///
/// Setup lets it merge a model with itself, which must give that model back. What else the methods
/// answer is compared with references where they are tested.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class MethodBenchmark {

  private static final int SIDE = 512;

  @Param({"scalar", "vector"})
  String kernels = "";

  @Param({
    "arcee_fusion",
    "breadcrumbs",
    "breadcrumbs_ties",
    "consensus_ta",
    "consensus_ties",
    "dare_linear",
    "dare_ties",
    "della",
    "della_linear",
    "emr",
    "expo",
    "fisher",
    "geometric_median",
    "karcher",
    "linear",
    "lines",
    "magmax",
    "model_stock",
    "multislerp",
    "nearswap",
    "nuslerp",
    "passthrough",
    "pcb",
    "ram",
    "ramplus_tl",
    "sce",
    "slerp",
    "task_arithmetic",
    "ties"
  })
  String method = "";

  private MergeMethod merging = Methods.find("linear");
  private MatrixOperands operands = operands(merging, true);
  private Blend blend = Blend.copy(0);

  @Setup
  public void prepare() {
    Work.use(kernels);
    merging = Methods.find(method);
    MatrixOperands alike = operands(merging, false);
    Tensor model = matrix(0, 0);
    float[] expected = new float[Block.SIZE];
    alike.blend(
        merging.prepare(alike),
        block -> {
          model.read(block.first(), block.size(), expected, 0);
          for (int i = 0; i < block.size(); i++) {
            Work.check(
                Math.abs(block.out()[i] - expected[i]) <= 1e-5 * Math.abs(expected[i]),
                method + " of a model with itself");
          }
        });
    operands = operands(merging, true);
    blend = merging.prepare(operands);
  }

  private static MatrixOperands operands(MergeMethod method, boolean isTuned) {
    int models = UsualValues.models(method.signature(), 2);
    ImmutableList.Builder<Tensor> tensors = ImmutableList.builder();
    int all = MatrixOperands.tensors(method, models);
    for (int i = 0; i < all; i++) {
      tensors.add(matrix(i, isTuned ? 0.1f : 0));
    }
    return new MatrixOperands(method, models, tensors.build());
  }

  /// A base with as much of something else added.
  private static Tensor matrix(int number, float change) {
    float[] x = Work.weights(-1, SIDE * SIDE);
    float[] d = Work.weights(number, SIDE * SIDE);
    for (int i = 0; i < x.length; i++) {
      x[i] += change * d[i];
    }
    TensorSpec spec = new TensorSpec("w", DType.BF16, Shape.of(SIDE, SIDE));
    return Tensor.of(spec, Work.encoded(DType.BF16, x));
  }

  /// What is gathered of the operands before the first block is blended: products, thresholds.
  @Benchmark
  public Blend passes(Work.Rate rate) {
    count(rate);
    return merging.prepare(operands);
  }

  @Benchmark
  public void blend(Work.Rate rate, Blackhole hole) {
    operands.blend(blend, block -> hole.consume(block.out()));
    count(rate);
  }

  private void count(Work.Rate rate) {
    long elements = (long) SIDE * SIDE;
    rate.add(elements, 2 * elements * MatrixOperands.tensors(merging, operands.count()));
  }
}
