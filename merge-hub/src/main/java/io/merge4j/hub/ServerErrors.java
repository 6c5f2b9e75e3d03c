// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Turns the Hub's refusals into messages that say what to do.
///
/// *Source:* huggingface_hub 1.33.0 `hf_raise_for_status`, in its order.
///
/// @param endpoint the Hub
/// @param hasToken whether a token was sent
record ServerErrors(URI endpoint, boolean hasToken) {

  private static final int LONGEST_TEXT = 500;

  /// The exception for an answer with an error status.
  HubException of(HttpResponse<byte[]> response, Subject subject) {
    if (!Locations.isHub(response.uri(), endpoint)) {
      return ofStorage(response, subject);
    }
    RepoId repo = subject.repo();
    String page = endpoint + "/" + repo;
    return switch (header(response, "X-Error-Code")) {
      case "RevisionNotFound" ->
          error(
              response,
              Reason.REVISION_NOT_FOUND,
              "Cannot find revision \"%s\" of %s; see its branches and tags at %s/tree/main"
                  .formatted(subject.revision(), repo, page));
      case "EntryNotFound" -> error(response, Reason.FILE_NOT_FOUND, "Cannot find " + subject);
      case "GatedRepo" ->
          error(
              response,
              Reason.GATED,
              "Cannot access %s: the repository is gated, and %s; accept its conditions at %s and %s"
                  .formatted(repo, tokenState("has no access"), page, tokenAdvice()));
      default -> byMessage(response, subject);
    };
  }

  /// What the Hub says in words goes before what only its code or status tells.
  private HubException byMessage(HttpResponse<byte[]> response, Subject subject) {
    int status = response.statusCode();
    String said = header(response, "X-Error-Message");
    RepoId repo = subject.repo();
    if (said.equals("Access to this resource is disabled.")) {
      return error(response, Reason.DISABLED, "Cannot access " + repo + ": the Hub disabled it");
    }
    if (status == 401 && said.equals("Invalid credentials in Authorization header")) {
      return error(
          response,
          Reason.BAD_TOKEN,
          "Cannot access %s: the token is not valid; create one at %s/settings/tokens and set"
                  .formatted(repo, endpoint)
              + " HF_TOKEN to it");
    }
    boolean isUnknown = header(response, "X-Error-Code").equals("RepoNotFound");
    return isUnknown || status == 401 || status == 404
        ? notFound(response, repo)
        : byStatus(response, subject);
  }

  /// A host that knows neither tokens nor repositories, only addresses that the Hub has signed.
  private static HubException ofStorage(HttpResponse<byte[]> response, Subject subject) {
    int status = response.statusCode();
    return error(
        response,
        status == 429
            ? Reason.RATE_LIMITED
            : isOutage(status) ? Reason.UNREACHABLE : Reason.REFUSED,
        "Cannot access %s: the storage host %s refused it; try again later"
            .formatted(subject, response.uri().getHost()));
  }

  private static boolean isOutage(int status) {
    return status >= 500 || status == 408;
  }

  private HubException notFound(HttpResponse<byte[]> response, RepoId repo) {
    return error(
        response,
        Reason.REPOSITORY_NOT_FOUND,
        "Cannot find repository %s at %s: there is none of that name, or it is private or gated and %s;"
                .formatted(repo, endpoint, tokenState("does not open it"))
            + " check the spelling, and "
            + tokenAdvice());
  }

  private HubException byStatus(HttpResponse<byte[]> response, Subject subject) {
    int status = response.statusCode();
    return switch (status) {
      case 403 ->
          error(
              response,
              Reason.FORBIDDEN,
              "Cannot access " + subject + ": forbidden; check the permissions of the token");
      case 429 ->
          error(
              response,
              Reason.RATE_LIMITED,
              "Cannot access "
                  + subject
                  + ": too many requests; wait some minutes"
                  + (hasToken ? "" : ", or set HF_TOKEN for a higher limit"));
      default ->
          error(
              response,
              isOutage(status) ? Reason.UNREACHABLE : Reason.REFUSED,
              "Cannot access " + subject + ": the server answered with status " + status);
    };
  }

  private String tokenState(String withToken) {
    return hasToken ? "the token " + withToken : "no token was sent";
  }

  private String tokenAdvice() {
    return "set HF_TOKEN to a token of an account with access";
  }

  private static HubException error(HttpResponse<byte[]> response, Reason reason, String message) {
    List<String> details = new ArrayList<>();
    details.add("status " + response.statusCode());
    serverText(response).ifPresent(text -> details.add("the server says: " + text));
    Stream.of("X-Request-Id", "X-Amzn-Trace-Id", "x-amz-cf-id")
        .flatMap(name -> response.headers().firstValue(name).stream())
        .findFirst()
        .ifPresent(id -> details.add("request " + ForeignText.visible(id)));
    return new HubException(reason, message + " (" + String.join("; ", details) + ")");
  }

  /// What the server says in words, in a header or in the body.
  private static Optional<String> serverText(HttpResponse<byte[]> response) {
    String body = new String(response.body(), StandardCharsets.UTF_8).strip();
    return Stream.concat(
            Stream.of(header(response, "X-Error-Message")), bodyTexts(response, body).stream())
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .map(text -> ForeignText.visible(text, LONGEST_TEXT))
        .findFirst();
  }

  private static List<String> bodyTexts(HttpResponse<byte[]> response, String body) {
    List<String> texts = new ArrayList<>();
    if (body.startsWith("{")) {
      try {
        JsonNode json = JsonMapper.shared().readTree(body);
        JsonNode error = json.path("error");
        texts.add(error.isString() ? error.asString() : "");
        error.values().forEach(item -> texts.add(item.asString("")));
        texts.add(json.path("error_description").asString(""));
        json.path("errors").values().forEach(e -> texts.add(e.path("message").asString("")));
        texts.add(json.path("message").asString(""));
      } catch (JacksonException e) {
        texts.add(body);
      }
    } else if (!header(response, "Content-Type").contains("html") && !body.startsWith("<")) {
      texts.add(body);
    }
    return texts;
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }
}
