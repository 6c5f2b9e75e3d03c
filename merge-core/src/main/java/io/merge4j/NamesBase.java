// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;

/// A fluent step that takes the base model.
///
/// @param <S> the step that follows
public interface NamesBase<S> {

  /// Names the base model, open or to be opened.
  S base(ModelReference model);

  /// Names the base model that is open already.
  default S base(Model model) {
    return base(ModelReference.to(model));
  }

  /// Names the base model in a directory or file.
  default S base(Path model) {
    return base(ModelReference.to(model));
  }

  /// Names the base model by name, as in recipes.
  default S base(String model) {
    return base(ModelReference.to(model));
  }
}
