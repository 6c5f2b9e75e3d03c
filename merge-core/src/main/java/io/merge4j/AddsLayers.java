// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;

/// A fluent step that puts layers of a model on the stack.
///
/// @param <S> the step that follows
public interface AddsLayers<S> {

  /// Adds layers `from` to `to` (exclusive) of a model, open or to be opened.
  S layers(ModelReference model, int from, int to);

  /// Adds layers `from` to `to` (exclusive) of a model that is open already.
  default S layers(Model model, int from, int to) {
    return layers(ModelReference.to(model), from, to);
  }

  /// Adds layers `from` to `to` (exclusive) of a model in a directory or file.
  default S layers(Path model, int from, int to) {
    return layers(ModelReference.to(model), from, to);
  }

  /// Adds layers `from` to `to` (exclusive) of a model by name, as in recipes.
  default S layers(String model, int from, int to) {
    return layers(ModelReference.to(model), from, to);
  }
}
