// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What mergekit 0.1.4 made of the recipes in `golden/cases`, computed in float32 on a CPU.
class GoldenMergesTest {

  static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path directory;

  static List<String> merges() throws IOException {
    return cases("expected.safetensors");
  }

  static List<String> refusals() throws IOException {
    return cases("expected_error.json");
  }

  private static List<String> cases(String file) throws IOException {
    try (Stream<Path> cases = Files.list(GOLDEN.resolve("cases"))) {
      return cases
          .filter(path -> Files.exists(path.resolve(file)))
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("merges")
  void gives_what_mergekit_gives(String name) throws IOException {
    Path output = directory.resolve("out");
    recipe(name).writeTo(output, Output.DEFAULT.sync(false).shardSize(100_000));
    try (Checkpoint merged = Safetensors.open(output);
        Checkpoint expected =
            Safetensors.open(
                GOLDEN.resolve("cases").resolve(name).resolve("expected.safetensors"))) {
      assertThat(merged.specs()).containsExactlyInAnyOrderElementsOf(expected.specs());
      long unequal = 0;
      long narrow = 0;
      GoldenTolerance tolerance = GoldenTolerance.of(recipe(name).method().name());
      GoldenVocabulary vocabulary =
          GoldenVocabulary.of(GOLDEN.resolve("cases").resolve(name), output);
      for (TensorSpec spec : expected.specs()) {
        int differing =
            tolerance.check(
                vocabulary.inExpectedOrder(merged.find(spec.name()).orElseThrow()),
                expected.find(spec.name()).orElseThrow());
        narrow += spec.dtype() == DType.F32 ? 0 : spec.elements();
        unequal += spec.dtype() == DType.F32 ? 0 : differing;
      }
      assertThat(unequal)
          .as("16-bit elements that are not equal")
          .isLessThanOrEqualTo(narrow / 1000);
      checkConfig(name, output, merged);
    }
  }

  /// The vocabulary size must be that of the embedding, else the model would not load; mergekit
  /// itself leaves it wrong in `linear_bigvocab`.
  private static void checkConfig(String name, Path output, Checkpoint merged) {
    JsonNode expected = read(GOLDEN.resolve("cases").resolve(name).resolve("expected_config.json"));
    JsonNode config = read(output.resolve("config.json"));
    Shape embedding = merged.find("model.embed_tokens.weight").orElseThrow().spec().shape();
    assertThat(config.path("architectures")).isEqualTo(expected.path("architectures"));
    assertThat(config.path("num_hidden_layers")).isEqualTo(expected.path("num_hidden_layers"));
    assertThat(config.path("torch_dtype")).isEqualTo(expected.path("dtype"));
    assertThat(config.path("vocab_size").longValue()).isEqualTo(embedding.size(0));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refuses_what_mergekit_refuses_and_writes_nothing(String name) {
    Path output = directory.resolve("out");
    RecipeException refused =
        catchThrowableOfType(RecipeException.class, () -> recipe(name).writeTo(output));
    assertThat(refused).isNotNull();
    assertThat(refused.problems()).isNotEmpty();
    assertThat(directory).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("merges")
  void gives_the_same_bytes_for_any_threads_and_shards(String name) throws IOException {
    recipe(name).writeTo(directory.resolve("one"), Output.DEFAULT.sync(false).threads(1));
    recipe(name)
        .writeTo(directory.resolve("two"), Output.DEFAULT.sync(false).threads(2).shardSize(20_000));
    recipe(name)
        .writeTo(directory.resolve("five"), Output.DEFAULT.sync(false).threads(5).shardSize(1));
    try (Checkpoint one = Safetensors.open(directory.resolve("one"));
        Checkpoint two = Safetensors.open(directory.resolve("two"));
        Checkpoint five = Safetensors.open(directory.resolve("five"))) {
      for (TensorSpec spec : one.specs()) {
        byte[] bytes = Bytes.of(one, spec);
        assertThat(Bytes.of(two, spec)).as("%s, 2 threads", spec).isEqualTo(bytes);
        assertThat(Bytes.of(five, spec)).as("%s, 5 threads", spec).isEqualTo(bytes);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("merges")
  void prints_a_recipe_that_reads_back_equal(String name) {
    Recipe recipe = recipe(name);
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
  }

  @ParameterizedTest
  @MethodSource("merges")
  void plans_what_it_writes(String name) {
    MergePlan plan = recipe(name).plan();
    assertThat(plan.toString()).contains("Writes").contains("model.safetensors");
    assertThat(plan.parameters()).isPositive();
  }

  /// The recipes name models relative to the directory of all golden data.
  static Recipe recipe(String name) {
    try {
      return recipe(GOLDEN.resolve("cases").resolve(name).resolve("config.yml"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static Recipe recipe(Path file) throws IOException {
    return Recipe.parse(Files.readString(file).replace("models/", GOLDEN.resolve("models") + "/"));
  }

  private static JsonNode read(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  /// The bytes of a tensor.
  private static final class Bytes {
    static byte[] of(Checkpoint checkpoint, TensorSpec spec) {
      byte[] bytes = new byte[(int) spec.bytes()];
      Tensor tensor = checkpoint.find(spec.name()).orElseThrow();
      tensor.copy(0, java.lang.foreign.MemorySegment.ofArray(bytes));
      return bytes;
    }
  }
}
