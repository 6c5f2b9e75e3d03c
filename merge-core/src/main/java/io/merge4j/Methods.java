// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.service.Providers;
import java.util.Comparator;

/// The methods that recipes know by name: those of this library and those that programs registered.
public final class Methods {

  private Methods() {}

  /// All methods by name.
  public static ImmutableSortedMap<String, MergeMethod> all() {
    return Providers.methods()
        .collect(
            ImmutableSortedMap.toImmutableSortedMap(
                Comparator.naturalOrder(), MergeMethod::name, method -> method, (a, b) -> a));
  }

  /// The method of that name.
  ///
  /// @throws RecipeException if there is none, with the known names and the nearest
  public static MergeMethod find(String name) {
    ImmutableSortedMap<String, MergeMethod> all = all();
    MergeMethod method = all.get(name);
    if (method == null) {
      String hint = Suggestion.didYouMean(name, all.keySet());
      throw new RecipeException(
          "Unknown merge method \"%s\"%s Known methods: %s"
              .formatted(name, hint.isEmpty() ? "." : hint, String.join(", ", all.keySet())));
    }
    return method;
  }
}
