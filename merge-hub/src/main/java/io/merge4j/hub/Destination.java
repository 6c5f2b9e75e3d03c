// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Where an upload goes: a branch of a repository, or a pull request to it.
record Destination(HubContext hub, RepoId repo, UploadOptions options) {

  /// How many times the limit for small answers a call may take: the Hub answers some only when a
  /// repository has been changed, storage when it has put content together.
  private static final int WORK_TIMEOUT_FACTOR = 12;

  private static final String JSON_TYPE = "application/json";

  /// What is accessed, for messages.
  Subject subject() {
    return Subject.of(new RepoReference(repo, options.revision()));
  }

  /// What is accessed when a file is sent, for messages.
  Subject subject(UploadFile file) {
    return new Subject(repo, options.revision(), file.path());
  }

  /// Where people see the repository.
  URI page() {
    return URI.create(hub.endpoint() + "/" + repo);
  }

  /// Address of a call about the branch, e.g. `commit`.
  URI branch(String call) {
    String pull = options.createsPullRequest() ? "?create_pr=1" : "";
    String revision = RepositoryPath.encodeSegment(options.revision());
    return hub.apiUrl(repo, "/" + call + "/" + revision + pull);
  }

  /// Address of a call of the Hub as a whole, e.g. `/api/repos/create`.
  URI ofHub(String path) {
    return URI.create(hub.endpoint() + path);
  }

  /// Sends a request that may take its time.
  ///
  /// @return the last answer, of any status
  HttpResponse<byte[]> call(Request request, RetryPolicy policy) {
    return call(request, policy, subject());
  }

  /// Sends a request that may take its time.
  ///
  /// @param accessed for messages
  /// @return the last answer, of any status
  HttpResponse<byte[]> call(Request request, RetryPolicy policy, Subject accessed) {
    Duration limit = hub.metadataTimeout().multipliedBy(WORK_TIMEOUT_FACTOR);
    return hub.transport().call(request, policy, limit, accessed.toString());
  }

  static Request post(URI uri, JsonNode body) {
    return Request.post(uri, JSON_TYPE, BodyPublishers.ofString(body.toString()));
  }

  static ObjectNode json() {
    return JsonMapper.shared().createObjectNode();
  }
}
