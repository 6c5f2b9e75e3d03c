// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import io.merge4j.Parameter;
import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MethodsCommandTest {

  static Stream<MergeMethod> methods() {
    return Methods.all().values().stream();
  }

  @Test
  void lists_all_with_a_line_each() {
    Result list = Cli.run("methods");

    assertThat(list.status()).isZero();
    assertThat(list.out()).hasLineCount((int) methods().count());
    assertThat(list.out().lines()).isSorted().allMatch(line -> line.matches("\\S+ {2,}\\S.*"));
  }

  @Test
  void the_readme_names_all() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    Matcher list = Pattern.compile("Known methods: ([^.]+)\\.").matcher(readme);

    assertThat(list.find()).isTrue();
    List<String> words =
        Splitter.onPattern("[^a-z_]+").omitEmptyStrings().splitToList(list.group(1));
    assertThat(words)
        .filteredOn(word -> !List.of("and", "not", "in", "mergekit").contains(word))
        .containsExactlyInAnyOrderElementsOf(Methods.all().keySet());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void tells_all_about_each(MergeMethod method) {
    Result about = Cli.run("methods", method.name());

    assertThat(about.status()).isZero();
    assertThat(about.out())
        .startsWith(method.name() + ": " + method.about().summary())
        .contains(method.signature().models());
    assertThat(about.out().contains("Parameters  none"))
        .isEqualTo(method.signature().parameters().isEmpty());
    assertThat(method.signature().parameters())
        .extracting(Parameter::name)
        .allSatisfy(name -> assertThat(about.out()).contains("\n  " + name + " "));
  }

  @Test
  void shows_ranges_and_defaults() {
    assertThat(Cli.run("methods", "slerp").out())
        .contains("a number, 0 to 1, required", "doi:10.1145/325165.325242", "merge_method: slerp");
    assertThat(Cli.run("methods", "linear").out()).contains("true or false, default true");
  }

  @Test
  void suggests_the_nearest_name() {
    Result unknown = Cli.run("methods", "slrp");

    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("\"slrp\"; did you mean \"slerp\"?").hasLineCount(1);
  }
}
