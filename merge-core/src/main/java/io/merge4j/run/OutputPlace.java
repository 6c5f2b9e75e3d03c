// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.RecipeException;
import io.merge4j.adapter.AdapterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/// Whether an output may be written where it is wanted.
public final class OutputPlace {

  /// Files that show a directory to be a model's or an adapter's.
  private static final Set<String> CONFIGURATIONS =
      Set.of("config.json", AdapterConfig.FILE, Checksums.FILE);

  private OutputPlace() {}

  /// Refuses a place where nothing may be written; writes nothing itself.
  ///
  /// @param file whether it is to be a file, not a directory
  /// @param inputs directories and files of the models, which must not be touched
  public static void check(Path target, boolean file, boolean overwrite, Stream<Path> inputs) {
    inputs.forEach(input -> checkInput(target, file, input));
    if (!file && Files.isSymbolicLink(target)) {
      throw new RecipeException(
          "Output %s is a link, expected a directory; name the one that it leads to"
              .formatted(target));
    }
    if (file ? Files.exists(target, LinkOption.NOFOLLOW_LINKS) : isTaken(target)) {
      if (!overwrite) {
        throw new RecipeException(
            "Output %s exists already; choose another place, or allow to replace it (--overwrite, Output.overwrite)"
                .formatted(target));
      }
      boolean directory = Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS);
      if (!file && !directory) {
        throw new RecipeException(
            "Output %s exists and is no directory, expected a directory to replace"
                .formatted(target));
      }
      if (file && directory) {
        throw new RecipeException(
            "Output %s exists and is a directory, expected a file to replace".formatted(target));
      }
      if (directory && !holdsModel(target)) {
        throw new RecipeException(
            "Output %s exists and holds no model, expected one to replace; choose another place, or remove it"
                .formatted(target));
      }
    }
    checkWritable(target);
  }

  /// What can't be written is told before the work, as far as the system knows it then.
  private static void checkWritable(Path target) {
    Path place = target.toAbsolutePath().normalize();
    Path directory = place.getParent();
    while (directory != null && !Files.exists(directory)) {
      directory = directory.getParent();
    }
    if (directory != null && !Files.isDirectory(directory)) {
      throw new RecipeException(
          "Output %s cannot be written: %s is no directory; choose another place"
              .formatted(target, directory));
    }
    Path locked = Files.isDirectory(place) && !Files.isWritable(place) ? place : directory;
    if (locked != null && !Files.isWritable(locked)) {
      throw new RecipeException(
          "Output %s cannot be written: directory %s is read-only for this user; allow writing to it, or choose another place"
              .formatted(target, locked));
    }
  }

  /// Whether a directory looks like the output of a merge: what people keep beside it is not for us
  /// to delete.
  private static boolean holdsModel(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .anyMatch(OutputPlace::isOfModel);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isOfModel(String file) {
    boolean weights = file.startsWith("model") || file.startsWith("adapter_model");
    return CONFIGURATIONS.contains(file) || (weights && file.endsWith(".safetensors"));
  }

  /// Whether anything but an empty directory is there.
  static boolean isTaken(Path target) {
    return Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !isEmptyDirectory(target);
  }

  private static void checkInput(Path target, boolean file, Path input) {
    Path place = real(target);
    Path taken = real(input);
    if (place.equals(taken)) {
      throw new RecipeException(
          "Output %s is the %s of an input; choose another place"
              .formatted(target, file ? "file" : "directory"));
    }
    if (taken.startsWith(place)) {
      throw new RecipeException(
          "Output %s holds the input %s; choose another place".formatted(target, input));
    }
    if (file && taken.equals(place.getParent())) {
      throw new RecipeException(
          "Output %s lies in the directory of an input; choose another place".formatted(target));
    }
  }

  /// Where a path leads, through links and also if its end does not exist yet.
  private static Path real(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      return absolute.toRealPath();
    } catch (IOException e) {
      Path parent = absolute.getParent();
      Path name = absolute.getFileName();
      return parent == null || name == null ? absolute : real(parent).resolve(name);
    }
  }

  private static boolean isEmptyDirectory(Path path) {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }
}
