// SPDX-License-Identifier: Apache-2.0
package consumer;

import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Merges two models as a stranger would. Runs once on the class path without the Vector API, once on
 * the module path with it.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException {
    boolean named = Main.class.getModule().isNamed();
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    if (named != args[0].equals("module-path") || vector != named) {
      throw new AssertionError(args[0] + ": named module " + named + ", Vector API " + vector);
    }
    Path directory = Files.createTempDirectory("consumer");
    Path a = model(directory.resolve("a.safetensors"), 1, 0);
    Path b = model(directory.resolve("b.safetensors"), 0, 1);
    Path path = directory.resolve("merged");

    MergeReport report =
        Merger.slerp(a, b).t(0.5).filter("self_attn", 0, 0.5, 0.3, 0.7, 1).writeTo(path);

    if (!report.kernels().startsWith(vector ? "vector" : "scalar")) {
      throw new AssertionError(args[0] + ": " + report.kernels());
    }
    float[] merged = new float[2];
    try (Checkpoint checkpoint = Safetensors.open(path)) {
      checkpoint.find("model.norm.weight").orElseThrow().read(0, 2, merged, 0);
    }
    float half = (float) Math.sqrt(0.5);
    if (Math.abs(merged[0] - half) > 1e-6 || Math.abs(merged[1] - half) > 1e-6) {
      throw new AssertionError(args[0] + ": " + merged[0] + ", " + merged[1]);
    }
    System.out.println(args[0] + ": merged with " + report.kernels());
  }

  private static Path model(Path file, float x, float y) throws IOException {
    Safetensors.write(file, List.of(Tensor.of("model.norm.weight", Shape.of(2), x, y)));
    return file;
  }
}
