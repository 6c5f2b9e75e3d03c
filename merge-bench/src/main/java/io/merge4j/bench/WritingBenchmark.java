// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.safetensors.SafetensorsFormat;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
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

/// Writing a model of safetensors into the page cache in the stretches of a merge, with a checksum
/// of each as merges take it, or without; not forced to the disk; on one thread.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class WritingBenchmark {

  private static final SyntheticModel MODEL = new SyntheticModel(1, 2000);
  private static final int STRETCH = 32 * Work.BLOCK * 2;

  @Param({"true", "false"})
  boolean checksum;

  private final CheckpointFormat format = new SafetensorsFormat();
  private final CheckpointLayout layout =
      format.layout(MODEL.specs(), Long.MAX_VALUE, ImmutableMap.of());
  private final ByteBuffer bytes =
      Work.encoded(DType.BF16, Work.weights(1, STRETCH / 2)).asByteBuffer();
  private Path directory = Path.of("");

  /// Reads the last tensor of a written file back.
  @Setup
  public void prepare() throws IOException {
    directory = Files.createTempDirectory("merge4j-bench");
    write(new Work.Rate());
    try (Checkpoint written = format.open(directory).orElseThrow()) {
      Work.check(written.specs().size() == MODEL.specs().size(), "number of tensors");
      TensorSpec last = written.specs().getLast();
      MemorySegment found = written.find(last.name()).orElseThrow().bytes().orElseThrow();
      MemorySegment expected = MemorySegment.ofBuffer(bytes.clear());
      for (long at = 0; at < last.bytes(); at += STRETCH) {
        long size = Math.min(STRETCH, last.bytes() - at);
        boolean same = MemorySegment.mismatch(found, at, at + size, expected, 0, size) < 0;
        Work.check(same, "what was written");
      }
    }
  }

  @TearDown
  public void remove() throws IOException {
    MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  @Benchmark
  public long write(Work.Rate rate) throws IOException {
    MoreFiles.deleteDirectoryContents(directory, RecursiveDeleteOption.ALLOW_INSECURE);
    long sum = 0;
    try (CheckpointWriter writer = format.create(directory, layout)) {
      for (TensorSpec spec : MODEL.specs()) {
        for (long at = 0; at < spec.bytes(); at += STRETCH) {
          bytes.clear().limit((int) Math.min(STRETCH, spec.bytes() - at));
          sum ^= checksum ? crc(bytes.duplicate()) : 0;
          writer.write(spec.name(), at, bytes);
        }
      }
      writer.finish(false);
    }
    rate.add(MODEL.parameters(), MODEL.bytes());
    return sum;
  }

  private static long crc(ByteBuffer piece) {
    CRC32C crc = new CRC32C();
    crc.update(piece);
    return crc.getValue();
  }
}
