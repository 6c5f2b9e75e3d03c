// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.ServerErrors.Subject;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Where an upload goes: a branch of a repository, or a pull request to it.
record Destination(HubContext hub, RepoId repo, UploadOptions options) {

  /// The Hub answers some calls only when a repository has been changed.
  private static final int PATIENCE = 12;

  private static final String JSON_TYPE = "application/json";

  /// What is accessed, for messages.
  Subject subject() {
    return Subject.of(new RepoReference(repo, options.revision()));
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
    Duration patience = hub.metadataTimeout().multipliedBy(PATIENCE);
    return hub.transport().call(request, policy, patience, subject().toString());
  }

  static Request post(URI uri, JsonNode body) {
    return Request.post(uri, JSON_TYPE, BodyPublishers.ofString(body.toString()));
  }

  static ObjectNode json() {
    return JsonMapper.shared().createObjectNode();
  }
}
