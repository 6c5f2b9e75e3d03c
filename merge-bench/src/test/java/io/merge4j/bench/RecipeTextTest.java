// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import io.merge4j.Parameter;
import io.merge4j.Recipe;
import io.merge4j.Signature;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

class RecipeTextTest {

  private static final ModelFiles FILES =
      new ModelFiles(Path.of("models"), new SyntheticModel(1, 100));

  static Stream<MergeMethod> methods() {
    return Methods.all().values().stream();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void the_recipe_of_a_method_is_read_and_sets_what_it_requires(MergeMethod method) {
    int models = UsualValues.models(method.signature(), 3);

    Recipe recipe = Recipe.parse(RecipeText.of(method, models, FILES));

    assertThat(recipe.method().name()).isEqualTo(method.name());
    assertThat(recipe.models()).hasSizeGreaterThanOrEqualTo(models);
    assertThat(recipe.base().isPresent())
        .isEqualTo(
            method.signature().base() == Signature.Base.REQUIRED
                || method.signature().base() == Signature.Base.FIRST);
    assertThat(method.signature().parameters())
        .filteredOn(
            parameter -> parameter.isRequired() && parameter.type() == Parameter.Type.NUMBER)
        .allSatisfy(
            parameter -> assertThat(recipe.parameters().find(parameter.name())).isPresent());
  }

  @Test
  void every_registered_method_is_measured() throws NoSuchFieldException {
    Field field = MethodBenchmark.class.getDeclaredField("method");

    assertThat(field.getAnnotation(Param.class).value())
        .containsExactlyElementsOf(methods().map(MergeMethod::name).toList());
  }
}
