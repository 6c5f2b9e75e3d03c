// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.net.http.HttpResponse;

/// Creates the branch of an upload unless it is there, from what `main` holds.
///
/// Safe to try again: when an answer was lost, the next one is that the branch exists. A pull
/// request needs the branch that it is made to.
///
/// *Source:* huggingface_hub 1.33.0, `hf upload --revision`.
final class BranchCreation {

  private final Destination destination;
  private final RetryPolicy retry;

  BranchCreation(Destination destination) {
    this.destination = destination;
    this.retry = destination.hub().transport().retry();
  }

  void run() {
    UploadOptions options = destination.options();
    boolean isDefault = options.revision().equals(RepoReference.DEFAULT_REVISION);
    if (!isDefault && !options.createsPullRequest() && !exists()) {
      String name = RepositoryPath.encodeSegment(options.revision());
      Request request =
          Destination.post(
              destination.hub().apiUrl(destination.repo(), "/branch/" + name), Destination.json());
      HttpResponse<byte[]> response = destination.call(request, retry);
      if (response.statusCode() / 100 != 2 && response.statusCode() != 409) {
        throw destination.hub().errors().of(response, destination.subject());
      }
    }
  }

  private boolean exists() {
    RepoReference branch = new RepoReference(destination.repo(), destination.options().revision());
    try {
      return !new HubApi(destination.hub()).commitOf(branch, retry).isEmpty();
    } catch (HubException e) {
      if (e.reason() == Reason.REVISION_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
