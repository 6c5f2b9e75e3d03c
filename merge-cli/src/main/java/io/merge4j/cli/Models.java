// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeException;
import io.merge4j.model.Model;

/// Opens the models that a command line names.
final class Models {

  private Models() {}

  /// Opens a model by name, see [Model#open(String)].
  ///
  /// @throws UsageException if the name is none, or there is no such model or it cannot be read;
  ///   what fails later, while it is read, is no fault of the command line
  static Model open(String name) {
    try {
      return Model.open(name);
    } catch (MergeException | IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }
}
