// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.CardMetadata;
import io.merge4j.License;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// The card of a merge: what the Hub reads of it, and what people do.
class ModelCardTest {

  private static final Output QUICK = Output.DEFAULT.sync(false).threads(1);
  private static final Pattern BLOCK =
      Pattern.compile("(`{3,})yaml\n(.*?)\n?\\1\n", Pattern.DOTALL);

  @TempDir Path directory;

  /// A model under a name of choice, with a card if `card` is not empty.
  private Model model(int seed, String name, String card) throws IOException {
    Path place = TinyModels.seeded(seed).in(directory.resolve("model" + seed));
    if (!card.isEmpty()) {
      Files.writeString(place.resolve("README.md"), "---\n" + card + "\n---\n# Model\n");
    }
    try (Model opened = Model.open(place)) {
      return Model.of(name, Safetensors.open(place), opened.config(), Optional.of(place));
    }
  }

  private MergeReport merge(Model a, Model b) {
    try (a;
        b) {
      return Merger.ties()
          .base(a)
          .model(b)
          .weight(0.5)
          .density(0.5)
          .writeTo(directory.resolve("out"), QUICK);
    }
  }

  private String card() throws IOException {
    return Files.readString(directory.resolve("out/README.md"));
  }

  @Test
  void tells_the_hub_where_the_merge_comes_from() throws IOException {
    MergeReport report =
        merge(model(1, "org/a@v2", "license: mit"), model(2, "org/b", "license: MIT"));

    CardMetadata front = CardMetadata.parse(card());
    assertThat(front.baseModels()).containsExactly("org/a", "org/b");
    assertThat(front.relation()).isEqualTo("merge");
    assertThat(front.library()).isEqualTo("transformers");
    assertThat(front.tags()).contains("merge", "mergekit");
    assertThat(front.license()).hasValue(License.of("mit"));
    assertThat(report.plan().remarks()).isEmpty();
    assertThat(card())
        .contains("](https://arxiv.org/abs/2306.01708)")
        .contains("- [`org/a@v2`](https://huggingface.co/org/a)")
        .contains("The license of every input is `mit`.")
        .contains("| Parameters | 1,", "| Types | F32: 1,", "| Layers | 2 (`model.layers.*`) |");
  }

  @Test
  void warns_of_licenses_that_differ() throws IOException {
    MergeReport report =
        merge(model(1, "org/a", "license: mit"), model(2, "org/b", "license: llama2"));

    assertThat(report.plan().remarks())
        .singleElement()
        .asString()
        .contains("licenses of the inputs differ", "org/a: mit", "org/b: llama2");
    assertThat(CardMetadata.parse(card()).license()).map(License::id).hasValue("other");
    assertThat(card()).contains("licenses of the inputs differ", "- `org/b`: `llama2`");
    assertThat(JsonMapper.shared().readTree(report.toJson()).path("licenses").path("org/b"))
        .hasToString("\"llama2\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"license: other", "license: other\nlicense_name: several-licenses"})
  void licenses_that_may_be_any_are_not_taken_for_the_same(String license) throws IOException {
    MergeReport report = merge(model(1, "org/a", license), model(2, "org/b", license));

    assertThat(report.plan().licenses().differ()).isTrue();
  }

  @Test
  void leaves_out_a_license_that_is_unknown_and_says_so() throws IOException {
    MergeReport report = merge(model(1, "org/a", "license: mit"), model(2, "org/b", ""));

    assertThat(CardMetadata.parse(card()).license()).isEmpty();
    assertThat(report.plan().remarks()).isEmpty();
    assertThat(card()).contains("none is stated for the merge", "- `org/b`: unknown");
  }

  @Test
  void names_that_look_like_markup_stay_names() throws IOException {
    String first = "a\"'\n---\nlicense: gpl-3.0\n---\n```\n# Heading";
    String second = "<b>`x`</b> ](http://localhost)";
    merge(model(1, first, "license: mit"), model(2, second, "license: mit"));

    CardMetadata front = CardMetadata.parse(card());
    assertThat(front.baseModels()).isEmpty();
    assertThat(front.license()).hasValue(License.of("mit"));
    assertThat(card().lines().filter(line -> line.equals("---"))).hasSize(2);
    assertThat(card().lines()).noneMatch(line -> line.startsWith("# Heading"));
    assertThat(card()).contains("- `` <b>`x`</b> ](http://localhost) ``\n");
    Matcher recipe = BLOCK.matcher(card());
    assertThat(recipe.find()).isTrue();
    assertThat(Recipe.parse(recipe.group(2) + "\n").models())
        .extracting(ModelReference::name)
        .containsExactly(first, second);
  }

  @Test
  void a_program_writes_a_card_of_its_own() throws IOException {
    Path a = TinyModels.seeded(1).in(directory.resolve("a"));
    Output own =
        QUICK.card((plan, metadata) ->
            metadata.frontMatter() + "# Ours\n\n" + plan.parameters() + " parameters\n");
    Merger.linear().model(a).weight(1).writeTo(directory.resolve("out"), own);

    assertThat(card()).contains("library_name: transformers").contains("# Ours\n\n1");
    assertThat(CardMetadata.parse(card()).tags()).contains("merge4j");
  }

  @Test
  void a_template_that_fails_costs_no_work() {
    Path a = TinyModels.seeded(1).in(directory.resolve("a"));
    Output failing =
        QUICK.card((plan, metadata) -> {
          throw new IllegalStateException("no template today");
        });

    assertThatThrownBy(
            () -> Merger.linear().model(a).weight(1).writeTo(directory.resolve("out"), failing))
        .hasMessage("no template today");
    assertThat(directory.resolve("out")).doesNotExist();
  }
}
