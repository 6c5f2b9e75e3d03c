// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.Methods;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.kernel.Kernels;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every merge method keeps, checked on the real engine with models in memory.
///
/// A method's test extends this class, and says what it tests as a [MethodUnderTest].
abstract class MergeMethodContract extends MethodUnderTest {

  @Test
  void is_known_by_its_name_and_documented() {
    assertThat(Methods.find(method().name())).isEqualTo(method());
    assertThat(method().about().summary()).isNotBlank();
    assertThat(method().about().formula()).isNotBlank();
    assertThat(Recipe.parse(method().about().example()).method().name()).isEqualTo(method().name());
    assertThat(method().signature().parameters())
        .allSatisfy(parameter -> assertThat(parameter.about()).isNotBlank());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 13, 4095, 4096, 4097, LARGE})
  void equals_its_formula_at_every_size(int size) {
    double[] weights = weights(models());
    float[][] x = random(size, operands(models()));

    float[] result = Merging.merged(merge(Merging.models(shape(size), x), weights));

    assertThat(result).hasSize(size);
    assertFormula(result, x, weights, shape(size));
  }

  @Test
  void equal_parameters_make_models_exchangeable() {
    assumeTrue(order() != Order.MATTERS && models() >= 2, "the order of models matters");
    double[] weights = equal(3);
    int count = Math.min(3, method().signature().maxModels());
    float[][] x = random(5000, operands(count));
    List<Model> models = Merging.models(shape(5000), x);
    List<Model> turned = new ArrayList<>(models);
    Collections.rotate(turned.subList(0, count), 1);

    float[] result = Merging.merged(merge(models, Arrays.copyOf(weights, count)));
    float[] other = Merging.merged(merge(turned, Arrays.copyOf(weights, count)));

    for (int i = 0; i < result.length; i++) {
      float allowed = order() == Order.SAME_BITS ? 0 : ulp(x, i);
      assertThat(Math.abs(result[i] - other[i])).as("element %d", i).isLessThanOrEqualTo(allowed);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 13, 4097})
  void merging_a_model_with_itself_gives_it(int size) {
    assumeTrue(keepsEqualModels(), "a model merged with itself changes");
    float[] x = Merging.normal(7, size);
    float[][] copies = new float[operands(models())][];
    Arrays.fill(copies, x);

    float[] result = Merging.merged(merge(Merging.models(shape(size), copies), equal(models())));

    for (int i = 0; i < size; i++) {
      assertThat(Math.abs(result[i] - x[i]))
          .as("element %d", i)
          .isLessThanOrEqualTo(Math.ulp(x[i]));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void every_floating_type_counts_as_the_float32_values_it_holds(DType dtype) {
    assumeTrue(dtype.isFloat(), "no floating type");
    // More than is read at a time, of the type that most models have.
    int size = dtype == DType.BF16 ? 33_003 : 4099;
    List<Model> models = new ArrayList<>();
    List<Model> widened = new ArrayList<>();
    for (int i = 0; i < operands(models()); i++) {
      Tensor tensor = Merging.tensor("w", dtype, shape(size), 31 * i + 5);
      models.add(Merging.model("m" + i, tensor));
      widened.add(Merging.model("m" + i, Tensor.of("w", shape(size), Merging.values(tensor))));
    }

    byte[] result =
        Merging.merged(merge(models, weights(models())), Merging.OUTPUT.dtype(DType.F32)).bytes();

    assertThat(result)
        .isEqualTo(Merging.merged(merge(widened, weights(models())), Merging.OUTPUT).bytes());
  }

  @Test
  void results_are_rounded_once_to_the_type_of_the_output() {
    List<Model> models = Merging.models(shape(4097), random(4097, operands(models())));
    Tensor wide = Tensor.of("w", shape(4097), Merging.merged(merge(models, weights(models()))));
    for (DType dtype : List.of(DType.BF16, DType.F16, DType.F64)) {
      byte[] expected = new byte[Math.toIntExact(dtype.bytes(4097))];
      Kernels.best()
          .encode(dtype, Merging.values(wide), 0, 4097, MemorySegment.ofArray(expected), 0);

      byte[] result =
          Merging.merged(merge(models, weights(models())), Merging.OUTPUT.dtype(dtype)).bytes();

      assertThat(result).as("%s", dtype).isEqualTo(expected);
    }
  }

  @Test
  void zero_tensors_give_zeros() {
    float[] result =
        Merging.merged(
            merge(Merging.models(shape(13), new float[operands(models())][13]), weights(models())));

    assertThat(result).containsOnly(0f);
  }

  @Test
  void a_zero_tensor_among_others_is_merged_by_the_formula() {
    for (int zero = 0; zero < operands(models()); zero++) {
      float[][] x = random(100, operands(models()));
      x[zero] = new float[100];

      float[] result = Merging.merged(merge(Merging.models(shape(100), x), weights(models())));

      assertFormula(result, x, weights(models()), shape(100));
    }
  }

  @Test
  void antiparallel_tensors_are_merged_by_the_formula_or_refused() {
    assumeTrue(models() >= 2, "it takes one model");
    float[][] x = random(100, operands(models()));
    for (int i = 0; i < 100; i++) {
      x[1][i] = -x[0][i];
    }
    if (hasBase()) {
      x[x.length - 1] = new float[100];
    }
    Merge merge = merge(Merging.models(shape(100), x), equal(models()));

    if (refusesAntiparallel()) {
      assertThatThrownBy(() -> Merging.merged(merge))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("w");
    } else {
      assertFormula(Merging.merged(merge), x, equal(models()), shape(100));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void what_is_not_finite_stays_where_it_is_and_is_reported(float value) {
    for (int model = 0; model < operands(models()); model++) {
      List<Model> models = new ArrayList<>();
      for (int i = 0; i < operands(models()); i++) {
        float[] bad = Merging.normal(i, 5000);
        if (i == model) {
          bad[4500] = value;
        }
        models.add(
            Merging.model(
                "m" + i,
                Tensor.of("a.bad", shape(5000), bad),
                Tensor.of("b.good", shape(5000), Merging.normal(i + 9, 5000))));
      }
      Merge merge = merge(models, weights(models()));

      Merging.Result result = Merging.merged(merge, Merging.OUTPUT);

      assertThat(finite(result.tensor("b.good"))).isEqualTo(5000);
      assertThat(result.findings("b.good")).isEmpty();
      assertThat(result.findings("a.bad").toString())
          .contains("1 of 5000 elements are NaN or infinite in m" + model);
      if (!spreadsNaN()) {
        float[] bad = result.tensor("a.bad");
        bad[4500] = 0;
        assertThat(finite(bad)).as("all but element 4500").isEqualTo(5000);
      }
      assertThatThrownBy(() -> Merging.merged(merge, Merging.OUTPUT.strict(true)))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("a.bad");
    }
  }

  @Test
  void zeros_of_either_sign_are_zeros() {
    float[][] x = new float[operands(models())][13];
    for (int i = 0; i < x.length; i++) {
      Arrays.fill(x[i], i % 2 == 0 ? -0f : 0f);
    }

    for (float y : Merging.merged(merge(Merging.models(shape(13), x), weights(models())))) {
      assertThat(Math.abs(y)).isEqualTo(0f);
    }
  }

  @Test
  void bytes_do_not_depend_on_the_number_of_threads() {
    List<Model> models = new ArrayList<>();
    for (int i = 0; i < operands(models()); i++) {
      List<Tensor> tensors = new ArrayList<>();
      for (int size : new int[] {13, 4097, LARGE, 9000}) {
        tensors.add(Tensor.of("w" + size, shape(size), Merging.normal(size + i, size)));
      }
      models.add(Merging.model("m" + i, tensors.toArray(Tensor[]::new)));
    }
    Merge merge = merge(models, weights(models()));
    byte[] one = Merging.merged(merge, Merging.OUTPUT.threads(1)).bytes();

    assertThat(Merging.merged(merge, Merging.OUTPUT.threads(2)).bytes()).isEqualTo(one);
    assertThat(Merging.merged(merge, Merging.OUTPUT.threads(5)).bytes()).isEqualTo(one);
  }

  @Test
  void merges_twenty_models() {
    assumeTrue(method().signature().maxModels() >= 20, "it takes fewer models");
    double[] weights = weights(20);
    float[][] x = random(4100, operands(20));

    assertFormula(
        Merging.merged(merge(Merging.models(shape(4100), x), weights)), x, weights, shape(4100));
  }

  @Test
  void weights_may_be_negative() {
    assumeTrue(method().signature().find("weight").isPresent(), "it takes no weights");
    double[] weights = weights(models());
    weights[0] = -0.4;
    float[][] x = random(4100, operands(models()));

    assertFormula(
        Merging.merged(merge(Merging.models(shape(4100), x), weights)), x, weights, shape(4100));
  }

  @Test
  void one_model_is_merged_or_refused_while_planning() {
    float[][] x = random(100, operands(1));
    Merge merge = merge(Merging.models(shape(100), x), equal(1));

    if (method().signature().minModels() <= 1) {
      assertFormula(Merging.merged(merge), x, equal(1), shape(100));
    } else {
      assertThatThrownBy(merge::plan)
          .isInstanceOf(RecipeException.class)
          .hasMessageContaining(method().name());
    }
  }

  @Test
  void a_tensor_that_one_model_has_alone_is_copied_if_allowed() {
    assumeTrue(models() >= 2, "it takes one model");
    float[][] x = random(100, operands(models()));
    List<Model> models = new ArrayList<>(Merging.models(shape(100), x));
    float[] alone = Merging.normal(99, 100);
    models.set(
        0,
        Merging.model(
            "m0", Tensor.of("w", shape(100), x[0]), Tensor.of("w.alone", shape(100), alone)));
    Merge merge = merge(models, equal(models()));

    assertThatThrownBy(merge::plan)
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("w.alone");
    assertThat(Merging.merged(merge, Merging.OUTPUT.allowMissing(true)).tensor("w.alone"))
        .isEqualTo(alone);
  }

  private static long finite(float[] values) {
    long finite = 0;
    for (float value : values) {
      finite += Float.isFinite(value) ? 1 : 0;
    }
    return finite;
  }
}
