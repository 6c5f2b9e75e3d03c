// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.PlannedUpload.Item;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The body of a commit call: one JSON object per line.
///
/// @param header without the commit that it is based on
/// @param files a line for each file
record CommitLines(ObjectNode header, String files) {

  static final String TYPE = "application/x-ndjson";

  static CommitLines of(UploadOptions options, List<Item> changed) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Item one : changed) {
      UploadFile file = one.file();
      if (one.isLarge()) {
        ObjectNode value = Destination.json().put("path", file.path()).put("algo", "sha256");
        lines.append(line("lfsFile", value.put("oid", one.id()).put("size", file.size())));
      } else {
        String content = Base64.getEncoder().encodeToString(Files.readAllBytes(file.file()));
        ObjectNode value = Destination.json().put("content", content).put("path", file.path());
        lines.append(line("file", value.put("encoding", "base64")));
      }
    }
    ObjectNode header = Destination.json().put("summary", options.message());
    return new CommitLines(header.put("description", options.description()), lines.toString());
  }

  /// The body; a commit on another parent than the one named is refused.
  ///
  /// @param parent head of the branch; empty if any will do
  BodyPublisher on(String parent) {
    ObjectNode first = parent.isEmpty() ? header : header.deepCopy().put("parentCommit", parent);
    return BodyPublishers.ofString(line("header", first) + files);
  }

  private static String line(String key, ObjectNode value) {
    ObjectNode line = Destination.json().put("key", key);
    line.set("value", value);
    return line + "\n";
  }
}
