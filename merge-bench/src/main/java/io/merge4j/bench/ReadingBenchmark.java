// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.safetensors.SafetensorsFormat;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

/// Reading a model of safetensors from the page cache: opening it, which reads and checks its
/// header, and decoding all its tensors from the mapping, on one thread.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ReadingBenchmark {

  private static final SyntheticModel MODEL = new SyntheticModel(1, 2000);

  @Param({"scalar", "vector"})
  String kernels = "";

  private final float[] block = new float[Work.BLOCK];
  private Path directory = Path.of("");
  private Checkpoint checkpoint = Checkpoint.of("none", List.of());

  /// Compares a block, from an odd place on, with what the model was made of.
  @Setup
  public void prepare() throws IOException {
    Work.use(kernels);
    directory = Files.createTempDirectory("merge4j-bench");
    MODEL.write(directory, 1);
    checkpoint = open();
    Tensor tensor = checkpoint.find("lm_head.weight").orElseThrow();
    tensor.read(1, Work.BLOCK, block, 0);
    byte[] bytes = new byte[2 * Work.BLOCK];
    tensor.copy(2, MemorySegment.ofArray(bytes));
    for (int i = 0; i < Work.BLOCK; i++) {
      int bits = ((bytes[2 * i] & 0xff) | (bytes[2 * i + 1] << 8)) << 16;
      Work.check(Float.floatToRawIntBits(block[i]) == bits, "decoding from a file");
    }
    Work.check(checkpoint.specs().size() == MODEL.specs().size(), "number of tensors");
  }

  @TearDown
  public void remove() throws IOException {
    checkpoint.close();
    MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  private Checkpoint open() throws IOException {
    return new SafetensorsFormat().open(directory).orElseThrow();
  }

  @Benchmark
  public int header() throws IOException {
    try (Checkpoint opened = open()) {
      return opened.specs().size();
    }
  }

  @Benchmark
  public float[] decode(Work.Rate rate) {
    checkpoint
        .specs()
        .forEach(spec -> {
          Tensor tensor = checkpoint.find(spec.name()).orElseThrow();
          for (long at = 0; at < spec.elements(); at += Work.BLOCK) {
            tensor.read(at, (int) Math.min(Work.BLOCK, spec.elements() - at), block, 0);
          }
        });
    rate.add(MODEL.parameters(), MODEL.bytes());
    return block;
  }
}
