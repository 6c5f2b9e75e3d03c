// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.Verification;
import io.merge4j.model.Model;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Reads a model whole and collects what is wrong with it.
public final class ModelCheck {

  /// What PEFT calls the factors of an adapter.
  private static final Pattern FACTOR = Pattern.compile("(^|\\.)lora_(embedding_)?[AB](\\.|$)");

  private final Model model;
  private final Map<String, TensorCheck.Result> results = new ConcurrentHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private int checksums;

  private ModelCheck(Model model) {
    this.model = model;
  }

  /// Verifies a model.
  ///
  /// @throws MergeException if nothing lies there, or this thread was interrupted
  public static Verification of(Path directory, int threads) {
    Workers.requireNotInterrupted();
    if (!Files.exists(directory)) {
      throw new MergeException("Cannot verify %s: no such directory or file".formatted(directory));
    }
    try (Model model = Model.open(directory)) {
      return new ModelCheck(model).verify(directory, threads);
    } catch (MergeException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return new Verification(
          directory, 0, 0, 0, ImmutableList.of(String.valueOf(e.getMessage())), ImmutableList.of());
    }
  }

  private Verification verify(Path directory, int threads) {
    ImmutableList<TensorSpec> specs = model.checkpoint().specs();
    SourceFiles files = SourceFiles.of(model.checkpoint());
    try (Workers workers = new Workers(threads)) {
      workers.forEach(
          specs,
          spec -> {
            Tensor tensor = model.checkpoint().find(spec.name()).orElseThrow();
            results.put(spec.name(), new TensorCheck(tensor, files, workers).run());
          });
    }
    ConfigCheck.check(model, results, problems, remarks);
    VocabularyCheck.check(model, remarks);
    specs.forEach(this::values);
    constantVectors(specs);
    emptyFactors(specs);
    model.directory().ifPresent(this::checksums);
    return new Verification(
        directory,
        specs.size(),
        specs.stream().mapToLong(TensorSpec::bytes).sum(),
        checksums,
        ImmutableList.copyOf(problems),
        ImmutableList.copyOf(remarks));
  }

  private TensorCheck.Result result(TensorSpec spec) {
    return Objects.requireNonNull(results.get(spec.name()));
  }

  private void values(TensorSpec spec) {
    TensorCheck.Result result = result(spec);
    if (result.nan() > 0 || result.infinite() > 0) {
      problems.add(
          "%s: %d of %d elements are NaN, %d infinite"
              .formatted(spec.name(), result.nan(), spec.elements(), result.infinite()));
    }
    if (result.constant()
        && spec.shape().rank() > 1
        && !Model.isBuffer(spec.name())
        && !isEmptyFactor(spec)) {
      problems.add(
          "%s: all %d elements are %s"
              .formatted(spec.name(), spec.elements(), result.zero() ? "0" : "the same"));
    }
  }

  /// Norms of ones and biases of zeros are common where training did not touch them.
  private void constantVectors(ImmutableList<TensorSpec> specs) {
    List<TensorSpec> vectors =
        specs.stream().filter(spec -> spec.shape().rank() == 1 && result(spec).constant()).toList();
    if (!vectors.isEmpty()) {
      remarks.add(
          "%d vectors hold one value throughout, such as %s"
              .formatted(vectors.size(), vectors.getFirst().name()));
    }
  }

  /// Adapters hold zeros for modules that training did not reach, and where a merge left nothing.
  private boolean isEmptyFactor(TensorSpec spec) {
    return result(spec).zero() && FACTOR.matcher(spec.name()).find();
  }

  private void emptyFactors(ImmutableList<TensorSpec> specs) {
    List<TensorSpec> empty = specs.stream().filter(this::isEmptyFactor).toList();
    if (!empty.isEmpty()) {
      remarks.add(
          "%d factors of the adapter hold zeros throughout and change nothing, such as %s"
              .formatted(empty.size(), empty.getFirst().name()));
    }
  }

  private void checksums(Path directory) {
    Optional<Map<String, String>> recorded;
    try {
      recorded = Checksums.read(directory);
    } catch (IOException e) {
      problems.add("Cannot read %s: %s".formatted(Checksums.FILE, e.getMessage()));
      return;
    }
    if (recorded.isEmpty()) {
      remarks.add("no checksums: there is no %s".formatted(Checksums.FILE));
      return;
    }
    Map<String, String> missing = new TreeMap<>(recorded.get());
    for (TensorSpec spec : model.checkpoint().specs()) {
      String found = Checksums.print(result(spec).checksum());
      String expected = missing.remove(spec.name());
      if (expected == null) {
        problems.add("%s: not in %s".formatted(spec.name(), Checksums.FILE));
      } else if (!expected.equals(found)) {
        problems.add(
            "%s: its bytes changed since it was written: crc32c is %s, was %s"
                .formatted(spec.name(), found, expected));
      } else {
        checksums++;
      }
    }
    missing
        .keySet()
        .forEach(name -> problems.add("%s: missing, but in %s".formatted(name, Checksums.FILE)));
  }
}
