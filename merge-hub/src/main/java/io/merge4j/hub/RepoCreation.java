// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/// Creates the repository of an upload unless it is there.
///
/// Safe to try again: when an answer was lost, the next one is that the repository exists.
final class RepoCreation {

  private final Destination destination;
  private final HubContext hub;
  private final RetryPolicy retry;

  RepoCreation(Destination destination) {
    this.destination = destination;
    this.hub = destination.hub();
    this.retry = hub.transport().retry();
  }

  void run() {
    Request request = Destination.post(destination.ofHub("/api/repos/create"), body());
    for (int failures = 1; ; failures++) {
      HttpResponse<byte[]> response = destination.call(request, retry);
      String text = new String(response.body(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
      boolean isBusy = response.statusCode() == 409 && text.contains("in progress");
      if (isBusy && failures <= retry.retries()) {
        RetryPolicy.sleep(retry.pause(failures));
        continue;
      }
      if (response.statusCode() / 100 == 2) {
        // A page for people, say of a network that wants a login, is no success.
        new HubApi(hub).json(response, request, destination.subject());
      } else if (response.statusCode() != 409 && !exists(response)) {
        throw hub.errors().of(response, destination.subject());
      }
      return;
    }
  }

  private ObjectNode body() {
    String id = destination.repo().id();
    int slash = id.indexOf('/');
    ObjectNode body = Destination.json().put("name", id.substring(slash + 1));
    if (slash > 0) {
      body.put("organization", id.substring(0, slash));
    }
    if (destination.options().isPrivate()) {
      // Unless asked, the default of the organization counts.
      body.put("visibility", "private");
    }
    return body;
  }

  /// Whether the repository is there although it could not be created: tokens for one repository
  /// only may not create any.
  private boolean exists(HttpResponse<byte[]> refusal) {
    return switch (refusal.statusCode()) {
      case 401, 402, 403 -> {
        Request request = Request.get(hub.apiUrl(destination.repo(), ""));
        yield destination.call(request, retry).statusCode() == 200;
      }
      default -> false;
    };
  }
}
