// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.MergePlan;
import io.merge4j.model.Model;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.vocabulary.ChatTemplate;
import java.util.Optional;

/// A plan with its models open, ready to run; closing it closes them.
///
/// @param reference the model that gives configuration and other files: the base, else the first
/// @param vocabulary the vocabulary that the models are brought to, if the recipe asks for one
/// @param template the chat template that the output gets, if the recipe asks for one
/// @param adapters the adapters, if the recipe merges such
/// @param threads number of workers: as asked for, or fewer to stay within the memory allowed
public record Plan(
    MergePlan plan,
    OpenModels models,
    Model reference,
    Optional<PlannedVocabulary> vocabulary,
    Optional<ChatTemplate> template,
    Optional<PlannedAdapters> adapters,
    CheckpointFormat format,
    int threads)
    implements AutoCloseable {

  @Override
  public void close() {
    models.close();
  }
}
