// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// The license of a model, as its card states it.
///
/// @param id identifier of the Hugging Face Hub, e.g. `apache-2.0`; `other` for one that it has no
///   identifier for
/// @param name `license_name`, which says what `other` is; may be empty
/// @param link `license_link`, where its text is; may be empty
public record License(String id, String name, String link) {

  /// The identifier of what has none.
  public static final String OTHER = "other";

  public static License of(String id) {
    return new License(id, "", "");
  }

  /// Whether it tells which license it is; `other` alone may be a different one for each model.
  public boolean isSpecific() {
    return !id.equals(OTHER) || !name.isEmpty() || !link.isEmpty();
  }

  /// The identifier, or the name of what has none.
  @Override
  public String toString() {
    return id.equals(OTHER) && !name.isEmpty() ? name : id;
  }
}
