// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.PlannedUpload.Item;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The commit at the end of an upload.
///
/// @param page address of the repository, or of the pull request
/// @param id the commit, 40 hexadecimal digits; empty if the Hub does not tell
record UploadCommit(URI page, String id) {

  /// Makes the commit; never tried twice, since the first may have got through.
  static UploadCommit make(Destination destination, List<Item> changed) throws IOException {
    Request request =
        Request.post(
            destination.branch("commit"),
            "application/x-ndjson",
            BodyPublishers.ofString(lines(destination.options(), changed)));
    HubContext hub = destination.hub();
    HttpResponse<byte[]> response = destination.call(request, hub.transport().retry().once());
    if (response.statusCode() / 100 != 2) {
      throw hub.errors().of(response, destination.subject());
    }
    JsonNode done = new HubApi(hub).json(response, request, destination.subject());
    String page = done.path("pullRequestUrl").asString(destination.page().toString());
    return new UploadCommit(URI.create(page), done.path("commitOid").asString(""));
  }

  private static String lines(UploadOptions options, List<Item> changed) throws IOException {
    StringBuilder lines = new StringBuilder();
    ObjectNode header = Destination.json().put("summary", options.message());
    line(lines, "header", header.put("description", options.description()));
    for (Item one : changed) {
      UploadFile file = one.file();
      if (one.isLarge()) {
        ObjectNode value = Destination.json().put("path", file.path()).put("algo", "sha256");
        line(lines, "lfsFile", value.put("oid", one.id()).put("size", file.size()));
      } else {
        String content = Base64.getEncoder().encodeToString(Files.readAllBytes(file.file()));
        ObjectNode value = Destination.json().put("content", content).put("path", file.path());
        line(lines, "file", value.put("encoding", "base64"));
      }
    }
    return lines.toString();
  }

  private static void line(StringBuilder lines, String key, ObjectNode value) {
    ObjectNode line = Destination.json().put("key", key);
    line.set("value", value);
    lines.append(line).append('\n');
  }
}
