// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchSpaceTest {

  @TempDir Path temporary;

  private final List<String> fetched = new ArrayList<>();

  /// A checkpoint elsewhere, whose download would create a file.
  private final class Remote implements Checkpoint {
    private final String name;
    private final ImmutableMap<Path, Long> space;

    Remote(String name, String file, long bytes) {
      this.name = name;
      this.space = ImmutableMap.of(temporary.resolve("cache").resolve(file), bytes);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public ImmutableList<TensorSpec> specs() {
      return ImmutableList.of(new TensorSpec("w", DType.F32, Shape.of(4)));
    }

    @Override
    public Optional<Tensor> find(String tensor) {
      return Optional.of(Tensor.of(tensor, Shape.of(4), 1, 2, 3, 4));
    }

    @Override
    public ImmutableMap<Path, Long> spaceToFetch() {
      return space;
    }

    @Override
    public void fetch(LongConsumer progress) throws IOException {
      fetched.add(name);
      throw new IOException("the network is down");
    }

    @Override
    public void close() {}
  }

  private void merge(Checkpoint... checkpoints) {
    var merge = Merger.linear();
    var first = Model.of("a", checkpoints[0], ModelConfig.EMPTY, Optional.empty());
    var second = Model.of("b", checkpoints[1], ModelConfig.EMPTY, Optional.empty());
    merge.model(first).weight(0.5).model(second).weight(0.5).writeTo(temporary.resolve("out"));
  }

  @Test
  void downloads_that_do_not_fit_together_are_refused_before_the_first() throws IOException {
    long most = Files.getFileStore(temporary).getUsableSpace() / 10 * 7;
    assertThatThrownBy(() -> merge(new Remote("a", "1", most), new Remote("b", "2", most)))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("Not enough space on the disk")
        .hasMessageContaining("make room");
    assertThat(fetched).isEmpty();
  }

  @Test
  void the_same_file_of_two_models_counts_once() throws IOException {
    long most = Files.getFileStore(temporary).getUsableSpace() / 10 * 7;
    assertThatThrownBy(() -> merge(new Remote("a", "1", most), new Remote("b", "1", most)))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("the network is down");
    assertThat(fetched).containsExactly("a");
  }
}
