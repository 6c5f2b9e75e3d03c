// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The calls of the Hub that answer in JSON.
final class HubApi {

  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"next\"");
  private static final int MOST_PAGES = 10_000;

  private final HubContext hub;

  HubApi(HubContext hub) {
    this.hub = hub;
  }

  /// The commit that a revision means now.
  ///
  /// @param policy how often to try
  String commitOf(RepoReference reference, RetryPolicy policy) {
    String commit = info(reference, policy).path("sha").asString("");
    if (!RepoReference.isCommit(commit)) {
      throw strange(infoRequest(reference), Subject.of(reference), "no commit in the answer", null);
    }
    return commit;
  }

  /// What the Hub tells of a repository at a revision, also of one whose files it withholds: `sha`,
  /// `gated`, `cardData` and more.
  JsonNode info(RepoReference reference, RetryPolicy policy) {
    Request request = infoRequest(reference);
    Subject subject = Subject.of(reference);
    return json(send(request, policy, subject), request, subject);
  }

  private Request infoRequest(RepoReference reference) {
    String revision = RepositoryPath.encodeSegment(reference.revision());
    return Request.get(hub.apiUrl(reference.repo(), "/revision/" + revision));
  }

  /// All files at a commit.
  ///
  /// @param policy how often to try
  FileTree tree(RepoId repo, String commit, RetryPolicy policy) {
    Subject subject = new Subject(repo, commit, null);
    FileTree.Pages pages = new FileTree.Pages();
    Request request =
        Request.get(hub.apiUrl(repo, "/tree/" + commit + "?recursive=true&expand=false"));
    for (int page = 0; page < MOST_PAGES; page++) {
      HttpResponse<byte[]> response = send(request, policy, subject);
      try {
        pages.add(json(response, request, subject));
      } catch (IllegalArgumentException | JacksonException e) {
        throw strange(request, subject, String.valueOf(e.getMessage()), e);
      }
      Optional<URI> next = next(response, subject);
      if (next.isEmpty()) {
        return pages.finish();
      }
      request = Request.get(next.get());
    }
    throw strange(request, subject, "more than " + MOST_PAGES + " pages of files", null);
  }

  private Optional<URI> next(HttpResponse<byte[]> response, Subject subject) {
    for (String link : response.headers().allValues("Link")) {
      Matcher matcher = NEXT.matcher(link);
      if (matcher.find()) {
        try {
          return Optional.of(Locations.resolve(response.uri(), matcher.group(1)));
        } catch (IOException e) {
          throw strange(Request.get(response.uri()), subject, "invalid link to the next page", e);
        }
      }
    }
    return Optional.empty();
  }

  /// Sends a request, and throws if the answer is a refusal.
  HttpResponse<byte[]> send(Request request, RetryPolicy policy, Subject subject) {
    HttpResponse<byte[]> response =
        hub.transport().call(request, policy, hub.metadataTimeout(), subject.toString());
    if (response.statusCode() / 100 != 2) {
      throw hub.errors().of(response, subject);
    }
    return response;
  }

  /// The body of an answer.
  JsonNode json(HttpResponse<byte[]> response, Request request, Subject subject) {
    try {
      return JsonMapper.shared().readTree(response.body());
    } catch (JacksonException e) {
      throw strange(request, subject, "the answer is not JSON", e);
    }
  }

  private static HubException strange(
      Request request, Subject subject, String what, @Nullable Exception cause) {
    String message =
        "Cannot access %s: %s (%s); is this a Hugging Face Hub?".formatted(subject, what, request);
    return cause == null
        ? new HubException(Reason.CORRUPT, message)
        : new HubException(Reason.CORRUPT, message, cause);
  }
}
