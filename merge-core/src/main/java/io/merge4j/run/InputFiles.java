// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import io.merge4j.Input;
import io.merge4j.PlannedWeight;
import io.merge4j.model.Model;
import io.merge4j.plan.OpenModels;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.SourceFiles;
import java.util.Collection;

/// The files that a merge reads, by model.
final class InputFiles {

  private final ImmutableListMultimap<String, SourceFile> byModel;

  private InputFiles(ImmutableListMultimap<String, SourceFile> byModel) {
    this.byModel = byModel;
  }

  static InputFiles of(OpenModels models) {
    ImmutableListMultimap.Builder<String, SourceFile> files = ImmutableListMultimap.builder();
    models
        .all()
        .forEach(model -> files.putAll(model.name(), SourceFiles.of(model.checkpoint()).files()));
    return new InputFiles(files.build());
  }

  /// The files of a model; none if its tensors are in memory.
  ImmutableList<SourceFile> of(Model model) {
    return byModel.get(model.name());
  }

  /// The files that a weight is made of.
  SourceFiles of(PlannedWeight weight) {
    return new SourceFiles(
        weight.inputs().stream()
            .map(Input::model)
            .distinct()
            .map(byModel::get)
            .flatMap(Collection::stream)
            .collect(ImmutableList.toImmutableList()));
  }

  /// All of them.
  SourceFiles all() {
    return new SourceFiles(ImmutableList.copyOf(byModel.values()));
  }
}
