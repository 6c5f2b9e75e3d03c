// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import io.merge4j.Input;
import io.merge4j.MergeException;
import io.merge4j.PlannedWeight;
import io.merge4j.model.Model;
import io.merge4j.plan.OpenModels;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.SourceFile.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.stream.Collectors;

/// The files that a merge reads, by model, and what became of them since it was planned.
final class InputFiles {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private final ImmutableListMultimap<String, SourceFile> byModel;

  private InputFiles(ImmutableListMultimap<String, SourceFile> byModel) {
    this.byModel = byModel;
  }

  static InputFiles of(OpenModels models) {
    ImmutableListMultimap.Builder<String, SourceFile> files = ImmutableListMultimap.builder();
    models.all().forEach(model -> files.putAll(model.name(), model.checkpoint().files()));
    return new InputFiles(files.build());
  }

  /// The files of a model; none if its tensors are in memory.
  ImmutableList<SourceFile> of(Model model) {
    return byModel.get(model.name());
  }

  /// What an error message says of the files of a weight that can't be read.
  String suspects(PlannedWeight weight) {
    ImmutableList<SourceFile> files =
        weight.inputs().stream()
            .map(Input::model)
            .distinct()
            .map(byModel::get)
            .flatMap(Collection::stream)
            .collect(ImmutableList.toImmutableList());
    String changed =
        files.stream()
            .filter(file -> file.change() != Change.NONE)
            .map(InputFiles::describe)
            .collect(Collectors.joining(", "));
    return changed.isEmpty()
        ? ": one of "
            + files.stream().map(file -> file.path().toString()).collect(Collectors.joining(", "))
        : ": " + changed;
  }

  private static String describe(SourceFile file) {
    try {
      return "%s has %d bytes, had %d when the merge was planned"
          .formatted(file.path(), Files.size(file.path()), file.bytes());
    } catch (IOException e) {
      return "%s is gone".formatted(file.path());
    }
  }

  /// Refuses an output that may mix two states of an input.
  ///
  /// A file that was replaced by another is read as it was before; that is told, and is no error.
  ///
  /// @throws MergeException if a file was written to while it was read
  void requireUnmodified() {
    for (SourceFile file : byModel.values()) {
      switch (file.change()) {
        case MODIFIED ->
            throw new MergeException(
                "Input %s was modified while it was merged: %s; run the merge again when nothing writes to it"
                    .formatted(file.path(), describe(file)));
        case REPLACED ->
            LOG.log(
                System.Logger.Level.WARNING,
                "Input "
                    + file.path()
                    + " was replaced or removed while it was merged; the output is made of what it was before");
        case NONE -> {}
      }
    }
  }
}
