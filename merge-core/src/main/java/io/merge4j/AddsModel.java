// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;

/// A fluent step that takes a model.
///
/// @param <S> the step that follows
public interface AddsModel<S> {

  /// Adds a model, open or to be opened.
  S model(ModelReference model);

  /// Adds a model that is open already.
  default S model(Model model) {
    return model(ModelReference.to(model));
  }

  /// Adds a model in a directory or file.
  default S model(Path model) {
    return model(ModelReference.to(model));
  }

  /// Adds a model by name, as in recipes.
  default S model(String model) {
    return model(ModelReference.to(model));
  }
}
