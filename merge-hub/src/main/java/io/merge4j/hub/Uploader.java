// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;

/// Publishes a directory as one commit: create the repository, ask which files go where, send the
/// large ones to storage, commit.
///
/// What the Hub already has is not sent again, so an upload that was interrupted goes on.
///
/// *Source:* huggingface_hub 1.33.0 `HfApi.upload_folder`.
final class Uploader {

  private final Destination destination;
  private final UploadListener listener;

  Uploader(Destination destination, UploadListener listener) {
    this.destination = destination;
    this.listener = listener;
  }

  UploadReport run(Path directory) {
    try (PublishedTexts texts = PublishedTexts.of(directory.toAbsolutePath())) {
      ImmutableList<UploadFile> files = UploadFile.below(directory);
      if (files.isEmpty()) {
        throw new IllegalArgumentException("no files to upload in " + directory);
      }
      return publish(texts.of(files));
    } catch (IOException e) {
      throw LocalErrors.of(e, "upload to " + destination.repo(), directory);
    }
  }

  private UploadReport publish(ImmutableList<UploadFile> files) throws IOException {
    new RepoCreation(destination).run();
    new BranchCreation(destination).run();
    new CardCheck(destination).run(files);
    PlannedUpload plan = PlannedUpload.ask(destination, files);
    if (plan.changed().isEmpty()) {
      return new UploadReport(destination.page(), "", ImmutableList.of(), plan.unchanged(), 0);
    }
    long transferred = new LargeFiles(destination, listener).send(plan.large());
    UploadCommit.Made commit = new UploadCommit(destination, plan.changed()).make();
    ImmutableList<String> paths =
        plan.changed().stream()
            .map(one -> one.file().path())
            .collect(ImmutableList.toImmutableList());
    return new UploadReport(commit.page(), commit.id(), paths, plan.unchanged(), transferred);
  }
}
