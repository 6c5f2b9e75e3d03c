// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.Lists;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.PlannedUpload.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sends content to storage, as far as it is not there.
final class LargeFiles {

  private final Destination destination;
  private final HubContext hub;
  private final UploadProgress progress;

  LargeFiles(Destination destination, UploadListener listener) {
    this.destination = destination;
    this.hub = destination.hub();
    this.progress = new UploadProgress(listener);
  }

  /// Sends what is missing of the content.
  ///
  /// @return bytes that had to be sent
  long send(List<Item> items) {
    long sent = 0;
    for (List<Item> batch : Lists.partition(items, PlannedUpload.BATCH)) {
      Map<String, Item> byId = new HashMap<>();
      ObjectNode body = Destination.json().put("operation", "upload");
      body.putArray("transfers").add("basic").add("multipart");
      ArrayNode objects = body.putArray("objects");
      for (Item one : batch) {
        if (byId.put(one.id(), one) == null) {
          objects.addObject().put("oid", one.id()).put("size", one.file().size());
        }
      }
      body.put("hash_algo", "sha256");
      if (!destination.options().createsPullRequest()) {
        body.putObject("ref").put("name", destination.options().revision());
      }
      String path = "/" + destination.repo() + ".git/info/lfs/objects/batch";
      sent += send(byId, LfsUpload.lfsJson(destination.ofHub(path), body));
    }
    return sent;
  }

  /// Addresses are signed for some hours; when they have expired, the Hub is asked once more. What
  /// has been stored meanwhile is not in its second answer.
  private long send(Map<String, Item> byId, Request request) {
    UploadProgress.Mark mark = progress.mark();
    JsonNode objects = objects(request);
    try {
      send(byId, objects);
    } catch (LfsUpload.ExpiredException e) {
      progress.backTo(mark);
      try {
        send(byId, objects(request));
      } catch (LfsUpload.ExpiredException again) {
        throw again.refusal();
      }
    }
    long sent = 0;
    for (JsonNode object : objects.values()) {
      Item one = byId.get(object.path("oid").asString(""));
      sent += one != null && object.hasNonNull("actions") ? one.file().size() : 0;
    }
    return sent;
  }

  private JsonNode objects(Request request) {
    HubApi api = new HubApi(hub);
    Subject subject = destination.subject();
    return api.json(api.send(request, hub.transport().retry(), subject), request, subject)
        .path("objects");
  }

  private void send(Map<String, Item> byId, JsonNode objects) {
    Turns connections = new Turns(hub.connections());
    List<Runnable> tasks = new ArrayList<>();
    Set<String> left = new HashSet<>(byId.keySet());
    for (JsonNode object : objects.values()) {
      Item one = byId.get(object.path("oid").asString(""));
      left.remove(object.path("oid").asString(""));
      if (object.hasNonNull("error")) {
        throw new HubException(
            Reason.REFUSED,
            "Cannot upload %s to %s: the server says: %s"
                .formatted(
                    one == null ? "a file" : one.file().path(),
                    destination.repo(),
                    object.path("error").path("message").asString("no reason")));
      }
      if (one != null && object.hasNonNull("actions")) {
        LfsUpload upload = new LfsUpload(destination, one.file(), one.id(), connections, progress);
        tasks.add(() -> upload.run(object.path("actions")));
        progress.expect(one.file().size());
      }
    }
    PlannedUpload.requireAll(destination, left);
    Parallel.run(tasks);
  }
}
