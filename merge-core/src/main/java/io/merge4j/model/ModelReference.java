// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import java.nio.file.Path;
import java.util.Optional;

/// A model as a recipe names it: by name, to be opened when the merge is planned, or open already.
///
/// Two references are equal if they have the same name.
public final class ModelReference {

  private final String name;
  private final Optional<Path> path;
  private final Optional<Model> open;

  private ModelReference(String name, Optional<Path> path, Optional<Model> open) {
    this.name = name;
    this.path = path;
    this.open = open;
  }

  /// A model to be found by name: a directory or file, `org/name`, `org/name@revision`,
  /// `base+adapter`.
  ///
  /// @throws IllegalArgumentException if the name has no such form
  public static ModelReference to(String name) {
    ModelId.parse(name);
    return new ModelReference(name, Optional.empty(), Optional.empty());
  }

  /// The model in a directory or file, and nowhere else.
  public static ModelReference to(Path path) {
    return new ModelReference(path.toString(), Optional.of(path), Optional.empty());
  }

  /// An open model; whoever opened it closes it.
  public static ModelReference to(Model model) {
    return new ModelReference(model.name(), Optional.empty(), Optional.of(model));
  }

  public String name() {
    return name;
  }

  /// Where it is, if a path was given.
  public Optional<Path> path() {
    return path;
  }

  /// The model, if it is open already.
  public Optional<Model> open() {
    return open;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelReference reference && name.equals(reference.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
