// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import java.io.IOException;
import java.util.Optional;

/// A place where models are found that are no local path, registered with
/// [java.util.ServiceLoader].
public interface ModelSource {

  /// Opens a model, reading configuration and tensor headers only.
  ///
  /// @param id without an adapter
  /// @return empty if `id` cannot name a model of this source
  /// @throws IOException if it names one that cannot be opened; the message says why and what to do
  Optional<Model> open(ModelId id) throws IOException;
}
