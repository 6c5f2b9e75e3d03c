// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.MergeMethod;
import io.merge4j.Signature;
import java.nio.file.Path;

/// Recipes in YAML that merge4j and mergekit both read.
final class RecipeText {

  /// As published merges by slerp have them.
  private static final String GRADIENTS =
      """
        t:
          - {filter: self_attn, value: [0, 0.5, 0.3, 0.7, 1]}
          - {filter: mlp, value: [1, 0.5, 0.7, 0.3, 0]}
          - value: 0.5
      """;

  private RecipeText() {}

  /// A merge by the [UsualValues] of a method; slerp has gradients and filters.
  ///
  /// @param models number of fine-tunes; their base is apart
  static String of(MergeMethod method, int models, ModelFiles files) {
    StringBuilder yaml = new StringBuilder("merge_method: %s\n".formatted(method.name()));
    Signature.Base base = method.signature().base();
    if (base == Signature.Base.REQUIRED || base == Signature.Base.FIRST) {
      yaml.append("base_model: %s\n".formatted(files.of(base.isApart() ? 0 : 1)));
    }
    if (method.name().equals("slerp")) {
      yaml.append("parameters:\n").append(GRADIENTS);
    } else if (!UsualValues.of(method).isEmpty()) {
      yaml.append("parameters:\n");
      UsualValues.of(method)
          .forEach((name, value) -> yaml.append("  %s: %s\n".formatted(name, value)));
    }
    yaml.append("models:\n");
    for (int i = 1; i <= models; i++) {
      // What is read beside a model is another's tensors: as many bytes, from another file.
      Path beside = files.of(i - 1);
      yaml.append("  - model: %s\n".formatted(files.of(i)));
      method
          .signature()
          .checkpoints()
          .forEach(parameter ->
              yaml.append("    parameters: {%s: %s}\n".formatted(parameter.name(), beside)));
    }
    return yaml.toString();
  }
}
