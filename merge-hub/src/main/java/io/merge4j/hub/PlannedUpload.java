// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the Hub wants of the files of a directory.
///
/// @param changed files that must be committed
/// @param unchanged number of files that are there already
record PlannedUpload(ImmutableList<Item> changed, int unchanged) {

  /// Most files or objects that the Hub answers for at once.
  static final int BATCH = 256;

  /// A file that is new or has changed.
  ///
  /// @param isLarge whether its content goes to storage instead of into the commit
  /// @param id SHA-256 of large content, git's SHA-1 of other
  record Item(UploadFile file, boolean isLarge, String id) {}

  /// Those whose content goes to storage.
  ImmutableList<Item> large() {
    return changed.stream().filter(Item::isLarge).collect(ImmutableList.toImmutableList());
  }

  /// Asks the Hub what to do with some files.
  static PlannedUpload ask(Destination destination, List<UploadFile> files) throws IOException {
    List<Item> changed = new ArrayList<>();
    int unchanged = 0;
    for (List<UploadFile> batch : Lists.partition(files, BATCH)) {
      Map<String, UploadFile> byPath = new HashMap<>();
      batch.forEach(file -> byPath.put(file.path(), file));
      for (JsonNode entry : answer(destination, batch).path("files").values()) {
        UploadFile file = byPath.remove(entry.path("path").asString(""));
        if (file == null || entry.path("shouldIgnore").asBoolean(false)) {
          continue;
        }
        Item item = item(file, entry.path("uploadMode").asString("").equals("lfs"));
        if (item.id().equals(entry.path("oid").asString(""))) {
          unchanged++;
        } else {
          changed.add(item);
        }
      }
      requireAll(destination, byPath.keySet());
    }
    return new PlannedUpload(ImmutableList.copyOf(changed), unchanged);
  }

  private static JsonNode answer(Destination destination, List<UploadFile> files)
      throws IOException {
    ObjectNode body = Destination.json();
    ArrayNode list = body.putArray("files");
    for (UploadFile file : files) {
      String sample = Base64.getEncoder().encodeToString(file.sample());
      list.addObject().put("path", file.path()).put("sample", sample).put("size", file.size());
    }
    HubApi api = new HubApi(destination.hub());
    Subject subject = destination.subject();
    Request request = Destination.post(destination.branch("preupload"), body);
    RetryPolicy retry = destination.hub().transport().retry();
    return api.json(api.send(request, retry, subject), request, subject);
  }

  /// Storage takes no empty files.
  private static Item item(UploadFile file, boolean isLarge) throws IOException {
    return isLarge && file.size() > 0
        ? new Item(file, true, ContentHash.sha256(file.file()))
        : new Item(file, false, ContentHash.gitSha1(file.file()));
  }

  /// Refuses an answer that leaves something out.
  ///
  /// @param left what the Hub was asked about and did not answer
  static void requireAll(Destination destination, Set<String> left) {
    if (!left.isEmpty()) {
      throw new HubException(
          Reason.CORRUPT,
          "Cannot upload to %s: the server's answer leaves out %s; is this a Hugging Face Hub?"
              .formatted(destination.repo(), left.iterator().next()));
    }
  }
}
