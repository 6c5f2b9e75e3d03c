// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.MergeMethod;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Methods;
import io.merge4j.Output;
import io.merge4j.Signature;
import io.merge4j.Using;
import io.merge4j.model.Model;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Whole merges of models of 52 million parameters in a JVM that is warm, with all its threads,
/// from the page cache and into it: planning, passes, blending, checksums, writing.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@OutputTimeUnit(TimeUnit.SECONDS)
public class MergeBenchmark {

  private static final SyntheticModel MODEL = new SyntheticModel(1, 2000);
  private static final String CHECKED = "model.layers.0.self_attn.k_proj.weight";

  @Param({"scalar", "vector"})
  String kernels = "";

  @Param({"passthrough", "linear", "slerp", "task_arithmetic", "ties"})
  String method = "";

  private MergeMethod merging = Methods.find("linear");
  private Path directory = Path.of("");

  /// Compares a tensor of the output with the method's blend of it, on one thread.
  @Setup
  public void prepare() throws IOException {
    Work.use(kernels);
    merging = Methods.find(method);
    directory = Files.createTempDirectory("merge4j-bench");
    for (int i = 0; i <= models(); i++) {
      MODEL.write(model(i), i);
    }
    merge(new Work.Rate());
    ImmutableList.Builder<Model> opened = ImmutableList.builder();
    for (int i = 1; i <= models(); i++) {
      opened.add(Model.open(model(i)));
    }
    opened.add(Model.open(model(0)), Model.open(directory.resolve("out")));
    ImmutableList<Model> all = opened.build();
    ImmutableList<Tensor> tensors =
        all.stream()
            .map(model -> model.checkpoint().find(CHECKED).orElseThrow())
            .collect(ImmutableList.toImmutableList());
    check(
        new MatrixOperands(
            merging, models(), tensors.subList(0, MatrixOperands.tensors(merging, models()))),
        tensors.getLast());
    all.forEach(Model::close);
  }

  /// Sums in another order may round to a neighbour in bfloat16, whose numbers are 2^-7 apart.
  private void check(MatrixOperands operands, Tensor written) {
    float[] found = new float[Work.BLOCK];
    operands.blend(
        merging.prepare(operands),
        block -> {
          written.read(block.first(), block.size(), found, 0);
          for (int i = 0; i < block.size(); i++) {
            float expected = block.out()[i];
            Work.check(
                Math.abs(found[i] - expected) <= 0x1p-7 * Math.abs(expected), "merge by " + method);
          }
        });
  }

  private int models() {
    return UsualValues.models(merging.signature(), 2);
  }

  private Path model(int number) {
    return directory.resolve("model-" + number);
  }

  @TearDown
  public void remove() throws IOException {
    MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  @Benchmark
  public MergeReport merge(Work.Rate rate) {
    Path[] models = new Path[models()];
    for (int i = 0; i < models.length; i++) {
      models[i] = model(i + 1);
    }
    Using merge = Merger.using(merging, models);
    if (merging.signature().base() == Signature.Base.REQUIRED) {
      merge = merge.base(model(0));
    } else if (merging.signature().base() == Signature.Base.FIRST) {
      merge = merge.base(model(1));
    }
    for (Map.Entry<String, Double> value : UsualValues.of(merging).entrySet()) {
      merge = new Using(merge.with(value.getKey(), value.getValue()).draft());
    }
    rate.add(MODEL.parameters(), MODEL.bytes() * (1 + MatrixOperands.tensors(merging, models())));
    return merge.writeTo(
        directory.resolve("out"), Output.DEFAULT.sync(false).card(false).overwrite(true));
  }
}
