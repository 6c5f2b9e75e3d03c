// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.tensor.SourceFile.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// The files that tensors are read from, as they were when they were opened, and what became of
/// them since.
///
/// Files are mapped. The JVM raises an [InternalError] where a page is read that has no file behind
/// it any more, in compiled code a little later; so whoever reads tensors catches it around a whole
/// piece of work, and throws what [#unreadable] makes of it.
public record SourceFiles(ImmutableList<SourceFile> files) {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  /// The files of checkpoints; none of tensors in memory.
  ///
  /// @throws MergeException if one was truncated in this moment
  public static SourceFiles of(Checkpoint... checkpoints) {
    try {
      Map<Path, SourceFile> files = new LinkedHashMap<>();
      for (Checkpoint checkpoint : checkpoints) {
        checkpoint.files().forEach(file -> files.putIfAbsent(file.path(), file));
      }
      return new SourceFiles(ImmutableList.copyOf(files.values()));
    } catch (InternalError e) {
      String names =
          Arrays.stream(checkpoints).map(Checkpoint::name).collect(Collectors.joining(", "));
      throw new MergeException(
          "Cannot read %s: an input file was truncated, or its disk failed, when it was opened"
              .formatted(names),
          e);
    }
  }

  /// What to throw when a page of these files could not be read.
  ///
  /// @param tensor that was being read
  public MergeException unreadable(String tensor, InternalError cause) {
    return new MergeException(
        "Cannot read tensor %s: an input file was truncated, or its disk failed, while it was read%s"
            .formatted(tensor, suspects()),
        cause);
  }

  private String suspects() {
    if (files.isEmpty()) {
      return "";
    }
    String changed =
        files.stream()
            .filter(file -> file.change() != Change.NONE)
            .map(SourceFiles::describe)
            .collect(Collectors.joining(", "));
    return changed.isEmpty()
        ? ": one of "
            + files.stream().map(file -> file.path().toString()).collect(Collectors.joining(", "))
        : ": " + changed;
  }

  private static String describe(SourceFile file) {
    try {
      return "%s has %d bytes, had %d when it was opened"
          .formatted(file.path(), Files.size(file.path()), file.bytes());
    } catch (IOException e) {
      return "%s is gone".formatted(file.path());
    }
  }

  /// Refuses an output that may mix two states of an input.
  ///
  /// A file that was replaced by another is read as it was before; that is told, and is no error.
  ///
  /// @throws MergeException if a file was written to while it was read
  public void requireUnmodified() {
    for (SourceFile file : files) {
      switch (file.change()) {
        case MODIFIED ->
            throw new MergeException(
                "Input %s was modified while it was read: %s; run it again when nothing writes to it"
                    .formatted(file.path(), describe(file)));
        case REPLACED ->
            LOG.log(
                System.Logger.Level.WARNING,
                "Input "
                    + file.path()
                    + " was replaced or removed while it was read; the output is made of what it was before");
        case NONE -> {}
      }
    }
  }
}
