// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a model of a lineage is to be looked for.
sealed interface LineagePlace {

  /// A repository of the Hub.
  record Repository(RepoReference reference) implements LineagePlace {
    @Override
    public String name() {
      return ForeignText.visible(reference.toString());
    }
  }

  /// A directory of this machine.
  record Directory(Path path) implements LineagePlace {
    @Override
    public String name() {
      return ForeignText.visible(path.toString());
    }
  }

  /// Nothing that could be looked up.
  record Elsewhere(String name) implements LineagePlace {}

  /// What the model is called.
  String name();

  /// The place that a user names: a directory, else a repository.
  ///
  /// @throws IllegalArgumentException if it can be neither
  static LineagePlace named(String name) {
    Optional<Directory> directory = directory(Path.of(""), name);
    if (directory.isPresent()) {
      return directory.get();
    }
    try {
      return new Repository(RepoReference.parse(name));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(nowhere(name, e), e);
    }
  }

  /// What to tell of a name that is neither a directory nor, by `refusal`, a repository.
  static String nowhere(String name, Exception refusal) {
    return "Cannot find \"%s\": no such directory; and as a repository: %s"
        .formatted(ForeignText.visible(name), refusal.getMessage());
  }

  /// The places that a model's card and recipe name, each repository once; a revision tells more
  /// than none. Directories count for models of this machine only.
  static ImmutableList<LineagePlace> parents(LineagePlace model, Collection<String> names) {
    Map<String, LineagePlace> places = new LinkedHashMap<>();
    for (String name : names) {
      for (String part : Splitter.on('+').trimResults().omitEmptyStrings().split(name)) {
        LineagePlace place = of(model, part);
        String key = place instanceof Repository repo ? repo.reference().repo().id() : place.name();
        places.merge(key, place, (old, other) -> other.name().contains("@") ? other : old);
      }
    }
    return ImmutableList.copyOf(places.values());
  }

  private static LineagePlace of(LineagePlace model, String name) {
    if (model instanceof Directory here) {
      Optional<Directory> directory =
          Stream.of(Path.of(""), here.path(), here.path().resolveSibling(""))
              .flatMap(start -> directory(start, name).stream())
              .findFirst();
      if (directory.isPresent()) {
        return directory.get();
      }
    }
    try {
      String id = name.replaceFirst("^https?://(huggingface\\.co|hf\\.co)/", "");
      return new Repository(RepoReference.parse(id));
    } catch (IllegalArgumentException e) {
      return new Elsewhere(ForeignText.visible(name));
    }
  }

  private static Optional<Directory> directory(Path start, String name) {
    try {
      Path path = start.resolve(name);
      return Files.isDirectory(path)
          ? Optional.of(new Directory(path.toRealPath()))
          : Optional.empty();
    } catch (InvalidPathException | IOException e) {
      return Optional.empty();
    }
  }
}
