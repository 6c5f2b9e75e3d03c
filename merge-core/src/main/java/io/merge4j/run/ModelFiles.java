// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.merge4j.Output;
import io.merge4j.model.ModelConfig;
import io.merge4j.model.ModuleFolders;
import io.merge4j.plan.Plan;
import io.merge4j.plan.PlannedVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The files beside the weights: configuration, tokenizer, card, checksums, the recipe, and
/// whatever else the reference model has.
final class ModelFiles {

  /// Files beside the configuration that may speak of tokens by their ids.
  private static final ImmutableList<String> WITH_IDS =
      ImmutableList.of(
          "generation_config.json", "processor_config.json", "preprocessor_config.json");

  /// Files that a merge makes itself, and those that would make the output look like an adapter.
  private static final ImmutableSet<String> OWN =
      ImmutableSet.of(
          "config.json",
          "README.md",
          Checksums.FILE,
          "mergekit_config.yml",
          "mergekit_config.yaml",
          "adapter_config.json");

  /// What the names of weights, in any format, end in.
  private static final ImmutableList<String> WEIGHTS =
      ImmutableList.of(
          ".safetensors",
          ".index.json",
          ".bin",
          ".pt",
          ".pth",
          ".ckpt",
          ".gguf",
          ".ggml",
          ".h5",
          ".msgpack",
          ".onnx",
          ".onnx_data",
          ".ot",
          ".npz",
          ".pkl",
          ".pickle",
          ".tflite",
          ".mlmodel",
          ".zip",
          ".tar",
          ".gz");

  private final Output output;
  private final OutputFiles files;

  ModelFiles(Path directory, Output output) {
    this.output = output;
    this.files = new OutputFiles(directory, output.sync());
  }

  /// Writes all files, and the configuration last: a directory without it is no model.
  ///
  /// @param card text of the model card, if there is one
  /// @return the names of the files
  ImmutableList<String> write(Plan plan, Optional<String> card, Checksums checksums)
      throws IOException {
    Optional<Path> reference = plan.reference().directory();
    Optional<PlannedVocabulary> vocabulary = plan.vocabulary();
    if (vocabulary.isPresent()) {
      TokenizerFiles.write(vocabulary.get(), files);
    } else if (reference.isPresent() && output.copyTokenizer()) {
      TokenizerFiles.copy(reference.get(), files);
    }
    if (plan.template().isPresent()) {
      TokenizerFiles.write(plan.template().get(), files);
    }
    if (reference.isPresent()) {
      if (vocabulary.isPresent()) {
        for (String name : WITH_IDS) {
          writeIds(name, reference.get(), vocabulary.get());
        }
      }
      files.copyAll(reference.get(), this::isOther);
      for (String folder : ModuleFolders.read(reference.get().resolve(ModuleFolders.FILE))) {
        files.copyDirectory(reference.get(), folder, this::isAllowed);
      }
    }
    files.write(Checksums.FILE, checksums.toJson(plan.plan().layout()));
    files.write("mergekit_config.yml", plan.plan().recipe().toYaml());
    if (card.isPresent()) {
      files.write("README.md", card.get());
    }
    if (!plan.plan().config().isEmpty()) {
      files.write("config.json", plan.plan().config().toString());
    }
    return files.names();
  }

  /// Writes a file whose ids change; others are copied as they are.
  private void writeIds(String name, Path reference, PlannedVocabulary vocabulary)
      throws IOException {
    ObjectNode before = files.read(reference, name);
    ObjectNode after = vocabulary.ids().follow(before, vocabulary.own(name));
    if (!after.equals(before)) {
      files.write(name, ModelConfig.of(after).toString());
    }
  }

  /// Whether a file of the reference comes along as it is. Directories and hidden files do not.
  private boolean isOther(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && !OWN.contains(name)
        && !TokenizerFiles.contains(name)
        && WEIGHTS.stream().noneMatch(lower::endsWith)
        && isAllowed(name);
  }

  /// Code comes along only on request, wherever it lies.
  private boolean isAllowed(String name) {
    return output.copyCode() || !name.toLowerCase(Locale.ROOT).endsWith(".py");
  }
}
