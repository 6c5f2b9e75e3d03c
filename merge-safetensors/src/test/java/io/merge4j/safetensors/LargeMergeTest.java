// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A tensor of 5 GB is merged in a JVM with a heap of 256 MB.
class LargeMergeTest {

  private static final long ELEMENTS = 1_250_000_000L;
  private static final long[] MARKS = {0, 1L << 29, (1L << 30) + 12_345, ELEMENTS - 1};

  @TempDir Path directory;

  /// The program in the small heap: averages a model with itself, to bfloat16.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Path model = Path.of(args[0]);
      Merger.linear()
          .model(model)
          .weight(0.25)
          .model(model)
          .weight(0.75)
          .writeTo(Path.of(args[1]), Output.DEFAULT.sync(false).dtype(DType.BF16));
    }
  }

  @Test
  void merges_a_tensor_of_5_GB_with_a_heap_of_256_MB() throws Exception {
    Path model = directory.resolve("model.safetensors");
    writeSparse(model);
    Path out = directory.resolve("out");
    Process program = ChildJvm.start(Program.class, List.of("-Xmx256m"), model, out);
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor()).as(printed).isZero();
    try (Checkpoint merged = Safetensors.open(out)) {
      Tensor tensor = merged.find("w").orElseThrow();
      assertThat(tensor.spec().bytes()).isEqualTo(2 * ELEMENTS);
      float[] values = new float[2];
      for (int i = 0; i < MARKS.length; i++) {
        tensor.read(Math.max(0, MARKS[i] - 1), 2, values, 0);
        assertThat(values[MARKS[i] == 0 ? 0 : 1]).isEqualTo(i + 1);
        assertThat(values[MARKS[i] == 0 ? 1 : 0]).isZero();
      }
    }
  }

  private static void writeSparse(Path file) throws IOException {
    byte[] header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[%d,1000],\"data_offsets\":[0,%d]}}"
            .formatted(ELEMENTS / 1000, 4 * ELEMENTS)
            .getBytes(StandardCharsets.US_ASCII);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(RawFile.of(header, 0));
      sparse.setLength(8 + header.length + 4 * ELEMENTS);
      for (int i = 0; i < MARKS.length; i++) {
        sparse.seek(8 + header.length + 4 * MARKS[i]);
        sparse.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(i + 1).array());
      }
    }
  }
}
