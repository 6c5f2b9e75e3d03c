// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.run.ModelCard;

/// Writes the model card (`README.md`) of a merge.
///
/// {@snippet lang=java :
/// Output.DEFAULT.card((plan, metadata) ->
///     metadata.frontMatter() + "# Our merge\n\n" + plan.parameters() + " parameters\n");
/// }
@FunctionalInterface
public interface CardTemplate {

  /// Method, models, license, size and recipe.
  CardTemplate STANDARD = ModelCard::text;

  /// The whole text of the card. Called before a merge of models begins, so that no work is lost if
  /// it throws; for an adapter made of adapters afterwards, when its ranks are known.
  ///
  /// @param plan what will be merged, and how
  /// @param metadata what the front matter should say; [CardMetadata#frontMatter] is its text
  String text(MergePlan plan, CardMetadata metadata);
}
