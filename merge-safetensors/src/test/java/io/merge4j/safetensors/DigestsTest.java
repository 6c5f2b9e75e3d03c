// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.merge4j.MergeMethod;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The bytes of every golden merge, and of a merge by each method that has none, are those they
/// always were: with the Vector API and without it, on every machine.
///
/// `digests/sha256.txt` has a line for each. Where bytes change on purpose the new digest is that
/// of the failure's message, and the changelog says why.
class DigestsTest {

  private static final Path DIGESTS = Path.of("src/test/resources/digests");

  @TempDir Path directory;

  /// Golden cases by name, and files of recipes.
  static List<String> merges() throws IOException {
    try (Stream<Path> recipes = Files.list(DIGESTS.resolve("recipes"))) {
      return Stream.concat(
              GoldenMergesTest.merges().stream(),
              recipes.map(file -> file.getFileName().toString()).sorted())
          .toList();
    }
  }

  private static Recipe recipe(String name) throws IOException {
    return name.endsWith(".yml")
        ? GoldenMergesTest.recipe(DIGESTS.resolve("recipes").resolve(name))
        : GoldenMergesTest.recipe(name);
  }

  private static List<String> lines() throws IOException {
    return Files.readAllLines(DIGESTS.resolve("sha256.txt"));
  }

  @ParameterizedTest
  @MethodSource("merges")
  void bytes_are_what_they_were(String name) throws IOException {
    recipe(name).writeTo(directory.resolve("out"), Output.DEFAULT.sync(false));

    assertThat(digest(directory.resolve("out")) + "  " + name).isIn(lines());
  }

  @Test
  void every_digest_belongs_to_a_merge() throws IOException {
    assertThat(lines().stream().map(line -> line.substring(66)))
        .containsExactlyElementsOf(merges());
  }

  @Test
  void every_method_has_a_digest() throws IOException, ReflectiveOperationException {
    Set<String> used = new LinkedHashSet<>();
    for (String name : merges()) {
      used.add(recipe(name).method().name());
    }
    Set<String> known = new LinkedHashSet<>();
    for (ModuleDescriptor.Provides service :
        MergeMethod.class.getModule().getDescriptor().provides()) {
      for (String provider : service.providers()) {
        MergeMethod method =
            Class.forName(provider)
                .asSubclass(MergeMethod.class)
                .getDeclaredConstructor()
                .newInstance();
        known.add(method.name());
      }
    }

    assertThat(used).containsAll(known);
  }

  /// Of names, types, shapes and bytes of all tensors, by name.
  private static String digest(Path model) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    try (Checkpoint checkpoint = Safetensors.open(model)) {
      List<TensorSpec> specs =
          checkpoint.specs().stream().sorted(Comparator.comparing(TensorSpec::name)).toList();
      for (TensorSpec spec : specs) {
        String line = "%s %s %s\n".formatted(spec.name(), spec.dtype(), spec.shape());
        hasher.putString(line, StandardCharsets.UTF_8);
        hasher.putBytes(Bytes.of(checkpoint, spec.name()));
      }
    }
    return hasher.hash().toString();
  }
}
