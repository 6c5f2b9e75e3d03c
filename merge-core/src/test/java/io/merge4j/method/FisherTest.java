// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.RawFormat;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FisherTest extends MergeMethodContract {

  @TempDir Path temp;

  @Override
  MergeMethod method() {
    return new Fisher();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    Fisher.Step merge =
        Merger.fisher().model(models.get(0)).fisher(made(models.get(0))).weight(weights[0]);
    for (int i = 1; i < models.size(); i++) {
      merge = merge.model(models.get(i)).fisher(made(models.get(i))).weight(weights[i]);
    }
    return merge;
  }

  /// Fisher information for every tensor of a model.
  private Path made(Model model) {
    return written(
        model.checkpoint().specs().stream()
            .map(spec ->
                Tensor.of(spec.name(), spec.shape(), made(model.name(), (int) spec.elements())))
            .toArray(Tensor[]::new));
  }

  /// Squares, some below the floor.
  private static float[] made(String model, int size) {
    float[] values = Merging.normal(model.hashCode(), size);
    for (int k = 0; k < size; k++) {
      values[k] *= values[k];
    }
    return values;
  }

  private Path written(Tensor... tensors) {
    try {
      Path directory = Files.createTempDirectory(temp, "fisher");
      List<TensorSpec> specs = Arrays.stream(tensors).map(Tensor::spec).toList();
      RawFormat format = new RawFormat();
      CheckpointLayout layout =
          format.layout(ImmutableList.copyOf(specs), Long.MAX_VALUE, ImmutableMap.of());
      try (CheckpointWriter writer = format.create(directory, layout)) {
        for (Tensor tensor : tensors) {
          writer.write(tensor.spec().name(), 0, tensor.bytes().orElseThrow().asByteBuffer());
        }
        writer.finish(false);
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] sums = new double[x[0].length];
    double[] divisors = new double[x[0].length];
    for (int i = 0; i < x.length; i++) {
      float[] fisher = made("m" + i, x[0].length);
      for (int k = 0; k < sums.length; k++) {
        double factor = weights[i] * Math.max(fisher[k], 1e-6);
        sums[k] += factor * x[i][k];
        divisors[k] += factor;
      }
    }
    double[] y = new double[sums.length];
    Arrays.setAll(y, k -> sums[k] / divisors[k]);
    return Optional.of(y);
  }

  private Fisher.WithFisher two(float[] first, float[] second) {
    List<Model> models =
        Merging.models(Shape.of(4), new float[] {1, 1, 1, 1}, new float[] {5, 5, 5, 5});
    return Merger.fisher()
        .model(models.get(0))
        .fisher(written(Tensor.of("w", Shape.of(4), first)))
        .model(models.get(1))
        .fisher(written(Tensor.of("w", Shape.of(4), second)));
  }

  @Test
  void weighs_elements_by_their_information() {
    Fisher.Step merge = two(new float[] {3, 1, 1, 0}, new float[] {1, 1, 0, 0});

    // (3 + 5)/4, (1 + 5)/2, 1 but for 5e-6 (1 + 1e-6), the mean of two at the floor
    assertThat(Merging.merged(merge)).containsExactly(2, 3, (float) (1.000005 / 1.000001), 3);
    assertThat(Merging.merged(merge.floor(0))).containsExactly(2, 3, 1, 3);
    // Weights 1 and 3: (3 + 15)/6, (1 + 15)/4
    assertThat(Merging.merged(merge.weight(3).floor(0))).containsExactly(3, 4, 1, 4);
  }

  @Test
  void information_may_be_normalised() {
    // Norms 5 and 10: shares 0.6 and 0.6 | 0.8 and 0 | 0 and 0.8 | none, so the mean.
    Fisher.Step merge = two(new float[] {3, 4, 0, 0}, new float[] {6, 0, 8, 0});

    assertThat(Merging.merged(merge.floor(0).normalize(true))).containsExactly(3, 1, 5, 3);
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();
    Shape shape = Shape.of(x[0].length);
    List<Model> models = Merging.models(shape, x[0], x[1]);
    Path first = written(Tensor.of("w", shape, x[2]));
    Path second = written(Tensor.of("w", shape, x[0]));

    float[] merged =
        Merging.merged(
            Merger.fisher()
                .model(models.get(0))
                .fisher(first)
                .model(models.get(1))
                .fisher(second)
                .weight(3)
                .floor(0));

    float[] expected = new float[merged.length];
    for (int k = 0; k < merged.length; k++) {
      double a = Math.max(x[2][k], 0);
      double b = 3 * (double) Math.max(x[0][k], 0);
      // 0 is what sums begin with: it leaves no -0.
      double mean = (0.0 + x[0][k] + 3.0 * x[1][k]) / 4;
      expected[k] = (float) (a + b == 0 ? mean : (0.0 + a * x[0][k] + b * x[1][k]) / (a + b));
    }
    assertThat(merged).containsExactly(expected);
  }

  @Test
  void a_weight_of_0_leaves_a_model_out() {
    float[] nan = {Float.NaN, 1, 1, 1};

    assertThat(Merging.merged(two(new float[] {1, 1, 1, 1}, nan).weight(0)))
        .containsExactly(1, 1, 1, 1);
  }

  @Test
  void everything_wrong_with_the_checkpoints_is_reported_at_once() {
    float[] v = {1, 2};
    Tensor a = Tensor.of("a", Shape.of(2), v);
    Tensor b = Tensor.of("b", Shape.of(2), v);
    Tensor c = Tensor.of("c", Shape.of(2), v);
    Path part =
        written(
            a, Tensor.of("b", Shape.of(2, 1), v), Merging.tensor("c", DType.BF16, Shape.of(2), 1));

    RecipeException refused =
        catchThrowableOfType(
            RecipeException.class,
            () ->
                Merger.fisher()
                    .model(Merging.model("one", a, b, c))
                    .fisher(part)
                    .model(Merging.model("two", a, b, c))
                    .fisher(written(b, c))
                    .floor(-1)
                    .plan());

    assertThat(refused.problems())
        .hasSize(3)
        .anyMatch(problem -> problem.contains("floor is -1, expected at least 0"))
        .anyMatch(problem ->
            problem.contains("lacks a tensor that model two has") && problem.endsWith("(tensor a)"))
        .anyMatch(problem ->
            problem.contains("shape [2, 1], expected [2] as in model one")
                && problem.endsWith("(tensor b)"));
  }

  @Test
  void a_checkpoint_that_is_not_there_is_reported_with_the_models() {
    RecipeException refused =
        catchThrowableOfType(
            RecipeException.class,
            () -> Merger.fisher().model("no/model").fisher("no-such-file").plan());

    assertThat(refused.problems())
        .hasSize(2)
        .anyMatch(problem -> problem.contains("no/model"))
        .anyMatch(problem ->
            problem.startsWith("Parameter fisher: ") && problem.contains("no-such-file"));
  }

  @Test
  void recipes_name_checkpoints_from_where_they_are() throws IOException {
    Path fisher = written(Tensor.of("w", Shape.of(1), new float[] {1}));
    Path file = temp.resolve("recipe.yml");
    Files.writeString(
        file,
        """
        merge_method: fisher
        models:
          - model: org/a
            parameters:
              fisher: %s
        """
            .formatted(fisher.getFileName()));

    assertThat(Recipe.read(file).toYaml()).contains("fisher: " + fisher);
  }
}
