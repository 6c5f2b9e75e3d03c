// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.PlannedUpload.Item;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The commit at the end of an upload, made once whatever becomes of the answers.
///
/// An answer that is lost leaves open whether the commit was made. So the branch is looked at: if
/// it holds the files, that is the commit; if not, the next attempt names the head that was seen as
/// its parent, so that the Hub refuses it should the first one have got through meanwhile.
final class UploadCommit {

  private final Destination destination;
  private final HubContext hub;
  private final RetryPolicy retry;
  private final List<Item> changed;

  UploadCommit(Destination destination, List<Item> changed) {
    this.destination = destination;
    this.hub = destination.hub();
    this.retry = hub.transport().retry();
    this.changed = changed;
  }

  /// What was made.
  ///
  /// @param page address of the repository, or of the pull request
  /// @param id the commit, 40 hexadecimal digits
  record Made(URI page, String id) {}

  /// The Hub may have made the commit, or may not.
  private static final class DoubtException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient HubException failure;

    DoubtException(HubException failure) {
      super(failure);
      this.failure = failure;
    }

    boolean isUnsent() {
      return failure.getCause() instanceof ConnectException
          || failure.getCause() instanceof HttpConnectTimeoutException;
    }
  }

  Made make() throws IOException {
    CommitLines lines = CommitLines.of(destination.options(), changed);
    String parent = "";
    for (int failures = 1; ; failures++) {
      try {
        return attempt(lines, parent, failures);
      } catch (DoubtException e) {
        if (!e.isUnsent()) {
          BranchState branch = look(e.failure);
          if (branch.holds(changed)) {
            return new Made(destination.page(), branch.head());
          }
          parent = branch.head();
        }
        if (failures > retry.retries()) {
          throw e.failure;
        }
        RetryPolicy.sleep(retry.pause(failures));
      }
    }
  }

  /// Asks for the commit until the Hub does more than asking to wait.
  private Made attempt(CommitLines lines, String parent, int failures) throws DoubtException {
    Request request =
        Request.post(destination.branch("commit"), CommitLines.TYPE, lines.on(parent));
    for (int waits = failures; ; waits++) {
      HttpResponse<byte[]> response = send(request);
      int status = response.statusCode();
      if (status / 100 == 2) {
        return made(response, request);
      }
      HubException refusal = hub.errors().of(response, destination.subject());
      if (status == 429 && waits <= retry.retries()) {
        retry.pause(waits, response, destination.subject().toString());
        continue;
      }
      boolean isOther = status == 412 && !parent.isEmpty();
      throw doubt(refusal, isOther || status >= 500 || status == 408);
    }
  }

  private HttpResponse<byte[]> send(Request request) throws DoubtException {
    try {
      return destination.call(request, retry.once());
    } catch (HubException e) {
      throw doubt(e, e.reason() == Reason.UNREACHABLE);
    }
  }

  private Made made(HttpResponse<byte[]> response, Request request) throws DoubtException {
    try {
      JsonNode answer = new HubApi(hub).json(response, request, destination.subject());
      String commit = answer.path("commitOid").asString("");
      String page = answer.path("pullRequestUrl").asString(destination.page().toString());
      if (RepoReference.isCommit(commit)) {
        return new Made(Locations.resolve(destination.page(), page), commit);
      }
    } catch (HubException | IOException e) {
      // Said below.
    }
    throw new DoubtException(
        new HubException(
            Reason.CORRUPT,
            "Cannot upload to %s: the server's answer names no commit (%s); is this a Hugging Face Hub?"
                .formatted(destination.repo(), request)));
  }

  /// @return the doubt, if there is any
  /// @throws HubException if there is none
  private static DoubtException doubt(HubException failure, boolean isDoubtful) {
    if (!isDoubtful) {
      throw failure;
    }
    return new DoubtException(failure);
  }

  /// @param failure why it is not known
  private BranchState look(HubException failure) {
    String place = "/commits/" + destination.options().revision();
    if (!destination.options().createsPullRequest()) {
      try {
        return BranchState.of(destination);
      } catch (HubException e) {
        if (e.reason() == Reason.INTERRUPTED) {
          throw e;
        }
      }
    } else {
      place = "/discussions";
    }
    throw new HubException(
        failure.reason(),
        "Cannot tell whether the commit to %s was made; look at %s%s, and if it is not there, upload again: what is there is not sent again (%s)"
            .formatted(destination.repo(), destination.page(), place, failure.getMessage()),
        failure);
  }
}
