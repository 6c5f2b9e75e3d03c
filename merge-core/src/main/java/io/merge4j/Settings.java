// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/// The `parameters` of one level of a recipe: a model's, a slice's, a module's or the recipe's own.
///
/// @param byName settings by parameter name, in the order of the recipe
public record Settings(ImmutableMap<String, Setting> byName) {

  /// No parameters.
  public static final Settings NONE = new Settings(ImmutableMap.of());

  public boolean isEmpty() {
    return byName.isEmpty();
  }

  public Optional<Setting> find(String parameter) {
    return Optional.ofNullable(byName.get(parameter));
  }

  /// These settings with `parameter` set, replacing what was set before.
  public Settings with(String parameter, Setting setting) {
    return new Settings(
        ImmutableMap.<String, Setting>builder()
            .putAll(byName)
            .put(parameter, setting)
            .buildKeepingLast());
  }
}
