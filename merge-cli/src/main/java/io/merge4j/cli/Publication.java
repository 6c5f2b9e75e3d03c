// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.hub.Hub;
import io.merge4j.hub.RepoId;
import io.merge4j.hub.UploadOptions;
import io.merge4j.hub.UploadReport;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a directory is published: options of every command that uploads.
final class Publication {

  @Option(names = "--private", description = "Make the repository private if it must be created.")
  boolean isPrivate;

  @Option(
      names = "--revision",
      paramLabel = "BRANCH",
      description = "Branch to commit to; main unless given.")
  @Nullable String revision;

  @Option(names = "--message", paramLabel = "TEXT", description = "First line of the commit.")
  @Nullable String message;

  @Option(
      names = "--create-pr",
      description = "Open a pull request instead of committing to the branch.")
  boolean createsPullRequest;

  /// Whether any of the options is given.
  boolean isAsked() {
    return isPrivate || createsPullRequest || revision != null || message != null;
  }

  /// Checks an id before hours of work are done for it.
  static RepoId repo(String id) {
    try {
      return RepoId.of(id);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  /// The options as the library wants them.
  UploadOptions options() {
    try {
      UploadOptions options = UploadOptions.standard();
      options = revision == null ? options : options.revision(revision);
      options = message == null ? options : options.message(message, "");
      options = isPrivate ? options.asPrivate() : options;
      return createsPullRequest ? options.asPullRequest() : options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  /// Checks what is to be published before hours of work are done for it.
  ///
  /// @param target where the work will be written; a directory as far as it exists
  static void check(Path target, RepoId repo) {
    boolean isFile = target.toString().endsWith(".safetensors");
    if (isFile || Files.isRegularFile(target)) {
      throw new UsageException("Cannot upload %s, expected a directory".formatted(target));
    }
    try {
      Hub.fromEnvironment().requireUploads(repo);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  /// Publishes a directory and says where it is.
  ///
  /// @param display shows how it goes on, and is closed
  static void publish(
      Path directory, RepoId repo, UploadOptions options, PrintWriter out, Progress display) {
    if (!Files.isDirectory(directory)) {
      throw new UsageException(
          "Cannot upload %s, expected a directory that exists".formatted(directory));
    }
    Notes.note("Uploading %s to %s".formatted(directory, repo));
    UploadReport report;
    try (display) {
      report =
          Hub.fromEnvironment()
              .upload(
                  directory,
                  repo,
                  options,
                  (sent, total) -> display.sending(repo.id(), sent, total));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    out.println(
        report.committed().isEmpty()
            ? "%s has all %d files already".formatted(report.page(), report.unchanged())
            : "Published %s: %d files new or changed, %d unchanged, %s sent to storage"
                .formatted(
                    report.page(),
                    report.committed().size(),
                    report.unchanged(),
                    Bytes.print(report.transferred())));
  }
}
