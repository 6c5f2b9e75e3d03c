// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.Output;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test of merges of two models on disk.
abstract class TwoModelsFixture {

  static final Output QUICK = Output.DEFAULT.sync(false).threads(2);

  /// A matrix that both models have.
  static final String UP = "model.layers.1.mlp.up_proj.weight";

  @TempDir Path directory;
  Path a;
  Path b;

  /// Where merges write to; nothing is there.
  Path out;

  @BeforeEach
  final void writeModels() {
    a = TinyModels.seeded(1).in(directory.resolve("a"));
    b = TinyModels.seeded(2).in(directory.resolve("b"));
    out = directory.resolve("out");
  }
}
