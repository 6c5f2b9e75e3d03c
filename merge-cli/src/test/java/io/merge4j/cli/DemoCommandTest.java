// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The demo, and looking at what it made.
class DemoCommandTest {

  @TempDir Path temp;

  @Test
  void merges_and_says_how_to_look_at_it() {
    Path out = temp.resolve("merged");
    Path inputs = temp.resolve("merged.inputs");

    Result demo = Cli.run("demo", out);

    assertThat(demo.status()).isZero();
    assertThat(demo.err()).isEmpty();
    assertThat(demo.out())
        .contains("Wrote " + out)
        .contains("inspect " + out)
        .contains("diff " + inputs.resolve("letters-sort") + " " + out)
        .contains("run " + inputs.resolve("slerp.yml"));
    assertThat(Cli.run("inspect", out).status()).isZero();
    assertThat(Cli.run("diff", inputs.resolve("letters-sort"), out).status()).isEqualTo(1);
    assertThat(Cli.run("run", inputs.resolve("slerp.yml"), out + "-again").status()).isZero();
    assertThat(Cli.run("diff", out, out + "-again").out())
        .isEqualToIgnoringNewLines("39 tensors equal, 0 differ");
  }

  @Test
  void leaves_what_is_there_alone() throws IOException {
    Files.writeString(temp.resolve("file"), "x");

    Result refused = Cli.run("demo", temp);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("exists already").hasLineCount(1);
    assertThat(temp.resolveSibling(temp.getFileName() + ".inputs")).doesNotExist();
  }

  @Test
  void leaves_an_edited_recipe_alone() throws IOException {
    Path out = temp.resolve("merged");
    Path recipe = temp.resolve("merged.inputs").resolve("slerp.yml");
    assertThat(Cli.run("demo", out).status()).isZero();
    MoreFiles.deleteRecursively(out, RecursiveDeleteOption.ALLOW_INSECURE);
    Files.writeString(recipe, "mine");

    Result refused = Cli.run("demo", out);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("merged.inputs exists already", "--overwrite");
    assertThat(recipe).hasContent("mine");
    assertThat(Cli.run("demo", out, "--overwrite").status()).isZero();
    assertThat(recipe).content().contains("merge_method: slerp");
  }

  @Test
  void a_place_below_a_file_is_told_as_such() throws IOException {
    Path file = Files.writeString(temp.resolve("file"), "x");

    Result refused = Cli.run("demo", file.resolve("merged"));

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("merge4j: Cannot write " + file.resolve("merged.inputs") + ": ")
        .contains("choose another place")
        .doesNotContain("Exception")
        .hasLineCount(1);
  }

  @Test
  void inspect_shows_what_a_model_is_made_of() throws IOException {
    Path model = BuiltInModels.unpack("letters-base", temp);

    Result inspect = Cli.run("inspect", model);

    assertThat(inspect.status()).isZero();
    assertThat(inspect.out())
        .contains("llama (LlamaForCausalLM)")
        .contains("model.layers.  4 layers, 406,272 parameters")
        .contains("Parameters  416,352")
        .contains("BF16 416,352 (833 kB)")
        .containsPattern("model\\.layers\\.\\*\\.self_attn\\.q_proj\\.weight +4  BF16");
  }

  @Test
  void inspect_of_nothing_is_an_error_of_the_command_line() {
    Result nothing = Cli.run("inspect", temp.resolve("nothing"));

    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).startsWith("merge4j: Cannot open model").hasLineCount(1);
  }

  @Test
  void diff_tells_in_what_tensors_differ() throws IOException {
    Path base = BuiltInModels.unpack("letters-base", temp);
    Path rev = BuiltInModels.unpack("letters-rev", temp);

    Result diff = Cli.run("diff", base, rev);

    assertThat(diff.status()).isEqualTo(1);
    assertThat(diff.out())
        .containsPattern("q_proj\\.weight +[\\d,]+ of [\\d,]+ elements differ, max [\\d,]+ ulps, ")
        .contains("cosine 0.9");
    assertThat(Cli.run("diff", base, rev, "--quiet").out()).isEmpty();
    assertThat(Cli.run("diff", base, base, "--all").out()).contains("model.norm.weight", "equal");
    assertThat(Cli.run("diff", base, temp.resolve("none")).status()).isEqualTo(2);
  }

  @Test
  void diff_tells_missing_tensors_and_other_shapes_and_types() throws IOException {
    Path rev = BuiltInModels.unpack("letters-rev", temp);
    Path recipe = temp.resolve("stack.yml");
    Files.writeString(
        recipe,
        """
        merge_method: passthrough
        slices:
          - sources: [{model: "%s", layer_range: [0, 3]}]
        dtype: float32
        """
            .formatted(rev));
    Path stack = temp.resolve("stack");
    assertThat(Cli.run("run", recipe, stack).status()).isZero();

    assertThat(Cli.run("diff", rev, stack).out())
        .containsPattern("layers\\.3\\.mlp\\.up_proj\\.weight +only in .*letters-rev\\R")
        .contains("types BF16 and F32; 0 of ");
  }
}
