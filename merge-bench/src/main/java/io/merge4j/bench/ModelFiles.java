// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.merge4j.tensor.DiskSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// Synthetic models of one size on the disk, in directories `model-0` (the base), `model-1`, ...
///
/// @param directory where they lie
record ModelFiles(Path directory, SyntheticModel model) {

  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";

  /// Bytes of the disk that are left to others.
  private static final long SPARE = 1L << 30;

  /// Models without which nothing can be compared: a base and two fine-tunes.
  private static final int LEAST = 3;

  /// The directory of a model.
  Path of(int number) {
    return directory.resolve("model-" + number);
  }

  /// The weights of a model.
  Path weights(int number) {
    return of(number).resolve(WEIGHTS);
  }

  /// Makes the models that are not there; where the disk has no room for all, hard links to earlier
  /// ones take the place of the last.
  ///
  /// @param count models, with the base
  /// @return whether they are there; not if the disk has no room for three and an output
  boolean make(int count) throws IOException {
    Files.createDirectories(directory);
    for (int i = 0; i < count; i++) {
      if (Files.exists(of(i).resolve(CONFIG))) {
        continue;
      }
      if (DiskSpace.free(Files.getFileStore(directory)) > 2 * model.bytes() + SPARE) {
        model.write(of(i), i);
      } else if (i < LEAST) {
        return false;
      } else {
        link(i, 1 + (i - 1) % (LEAST - 1));
      }
    }
    return DiskSpace.free(Files.getFileStore(directory)) > model.bytes() + SPARE / 2;
  }

  private void link(int number, int to) throws IOException {
    Files.createDirectories(of(number));
    Files.createLink(weights(number), weights(to));
    Files.copy(of(to).resolve(CONFIG), of(number).resolve(CONFIG));
  }

  /// Number of files among the weights of the first `count` models that are not links to others.
  int distinct(int count) throws IOException {
    ImmutableSet.Builder<Object> keys = ImmutableSet.builder();
    for (int i = 0; i < count; i++) {
      Path real = weights(i).toRealPath();
      Object key = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
      keys.add(Objects.requireNonNullElse(key, real));
    }
    return keys.build().size();
  }

  /// The weights of the first `count` models.
  ImmutableList<Path> weightsOf(int count) {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(weights(i));
    }
    return ImmutableList.copyOf(files);
  }

  /// The weights of the models that a recipe names, among the first `count`.
  ImmutableList<Path> weightsIn(String recipe, int count) {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (Pattern.compile(Pattern.quote(of(i).toString()) + "(?!\\d)").matcher(recipe).find()) {
        files.add(weights(i));
      }
    }
    return ImmutableList.copyOf(files);
  }
}
