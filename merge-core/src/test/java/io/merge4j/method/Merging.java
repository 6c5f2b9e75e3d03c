// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Output;
import io.merge4j.kernel.Kernels;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Models in memory, and what the engine makes of them.
final class Merging {

  /// Writes nothing but weights, durable or not.
  static final Output OUTPUT = Output.DEFAULT.sync(false).card(false).threads(2);

  private Merging() {}

  /// A model in memory without configuration.
  static Model model(String name, Tensor... tensors) {
    return Model.of(
        name, Checkpoint.of(name, List.of(tensors)), ModelConfig.EMPTY, Optional.empty());
  }

  /// A model of one tensor `w`, F32 and one-dimensional.
  static Model model(String name, float... values) {
    return model(name, Tensor.of("w", Shape.of(values.length), values));
  }

  /// A model of `layers` layers and two tensors around them, all with the same elements.
  static Model layered(String name, int layers, float... values) {
    List<Tensor> tensors = new ArrayList<>();
    Shape shape = Shape.of(values.length);
    tensors.add(Tensor.of("embed.weight", shape, values));
    for (int layer = 0; layer < layers; layer++) {
      for (String part : List.of("self_attn.q", "self_attn.k", "mlp.up", "mlp.down")) {
        tensors.add(Tensor.of("layers.%d.%s.weight".formatted(layer, part), shape, values));
      }
    }
    tensors.add(Tensor.of("norm.weight", shape, values));
    return model(name, tensors.toArray(Tensor[]::new));
  }

  /// Models `m0`, `m1` ... of one tensor `w`.
  static List<Model> models(Shape shape, float[]... tensors) {
    Model[] models = new Model[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      models[i] = model("m" + i, Tensor.of("w", shape, tensors[i]));
    }
    return List.of(models);
  }

  /// What a merge makes of the tensor `w`.
  static float[] merged(Merge merge) {
    return merged(merge, OUTPUT).tensor("w");
  }

  /// Runs a merge and reads back what it wrote.
  static Result merged(Merge merge, Output output) {
    try {
      Path parent = Files.createTempDirectory("merge4j");
      Path directory = parent.resolve("out");
      try {
        MergeReport report = merge.writeTo(directory, output);
        Path data = directory.resolve("weights.bin");
        byte[] bytes = Files.readAllBytes(data);
        return new Result(report, bytes, Model.open(directory).checkpoint());
      } finally {
        MoreFiles.deleteRecursively(parent, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What was written.
  ///
  /// @param bytes of all tensors
  @SuppressWarnings("ArrayRecordComponent")
  record Result(MergeReport report, byte[] bytes, Checkpoint checkpoint) {

    float[] tensor(String name) {
      return values(checkpoint.find(name).orElseThrow());
    }

    /// All remarks about a tensor.
    List<String> findings(String name) {
      return report.findings().containsKey(name) ? report.findings().get(name) : List.of();
    }
  }

  /// All elements of a tensor.
  static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.spec().elements())];
    tensor.read(0, values.length, values, 0);
    return values;
  }

  /// Normally distributed numbers, as weights are.
  static float[] normal(long seed, int size) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() * 0.05f;
    }
    return values;
  }

  /// A tensor of any floating type: normally distributed numbers where results can be rounded to
  /// the type, else random codes that are no NaN and no extreme scale.
  static Tensor tensor(String name, DType dtype, Shape shape, long seed) {
    TensorSpec spec = new TensorSpec(name, dtype, shape);
    int size = Math.toIntExact(shape.elements());
    MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(spec.bytes())]);
    if (dtype.isWritable()) {
      Kernels.best().encode(dtype, normal(seed, size), 0, size, data, 0);
      return Tensor.of(spec, data);
    }
    Random random = new Random(seed);
    byte[] codes = new byte[size];
    for (int i = 0; i < size; i++) {
      codes[i] =
          (byte)
              (dtype == DType.F8_E8M0
                  ? 115 + random.nextInt(16)
                  : random.nextInt(0x60) | (random.nextBoolean() ? 0x80 : 0));
      // The unsigned formats spend the code of -0 on NaN.
      codes[i] = codes[i] == (byte) 0x80 ? 1 : codes[i];
    }
    return Tensor.of(spec, MemorySegment.ofArray(codes));
  }

  /// Three tensors in which every triple of zeros, small, large, infinite and undefined numbers
  /// occurs.
  static float[][] triplesOfExtremes() {
    float[] extremes = {
      0f,
      -0f,
      1f,
      -1f,
      2.5f,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.intBitsToFloat(0xffc00001)
    };
    int n = extremes.length;
    float[][] triples = new float[3][n * n * n];
    for (int k = 0; k < n * n * n; k++) {
      triples[0][k] = extremes[k % n];
      triples[1][k] = extremes[k / n % n];
      triples[2][k] = extremes[k / n / n];
    }
    return triples;
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  static float[] filled(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return values;
  }
}
