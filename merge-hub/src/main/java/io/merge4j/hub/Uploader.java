// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.ServerErrors.Subject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Publishes a directory as one commit: create the repository, ask which files go where, send the
/// large ones to storage, commit.
///
/// What the Hub already has is not sent again, so an upload that was interrupted goes on.
///
/// *Source:* huggingface_hub 1.33.0 `HfApi.upload_folder`.
final class Uploader {

  private static final int BATCH = 256;
  private static final int COMMIT_PATIENCE = 12;
  private static final String JSON_TYPE = "application/json";

  private final HubContext hub;
  private final HubApi api;
  private final RepoId repo;
  private final UploadOptions options;
  private final Subject subject;
  private final RetryPolicy retry;
  private final UploadProgress progress;

  Uploader(HubContext hub, RepoId repo, UploadOptions options, UploadListener listener) {
    this.hub = hub;
    this.api = new HubApi(hub);
    this.repo = repo;
    this.options = options;
    this.subject = Subject.of(new RepoReference(repo, options.revision()));
    this.retry = hub.transport().retry();
    this.progress = new UploadProgress(listener);
  }

  /// A file with what the Hub wants of it.
  private record Planned(UploadFile file, boolean isLfs, String id) {}

  UploadReport run(Path directory) {
    try {
      ImmutableList<UploadFile> files = UploadFile.below(directory);
      if (files.isEmpty()) {
        throw new IllegalArgumentException("no files to upload in " + directory);
      }
      create();
      validateCard(files);
      List<Planned> changed = new ArrayList<>();
      int unchanged = 0;
      for (List<UploadFile> batch : Lists.partition(files, BATCH)) {
        unchanged += plan(batch, changed);
      }
      URI page = URI.create(hub.endpoint() + "/" + repo);
      if (changed.isEmpty()) {
        return new UploadReport(page, "", ImmutableList.of(), unchanged, 0);
      }
      long transferred = transfer(changed.stream().filter(Planned::isLfs).toList());
      JsonNode done = commit(changed);
      ImmutableList<String> paths =
          changed.stream().map(one -> one.file().path()).collect(ImmutableList.toImmutableList());
      URI result =
          done.hasNonNull("pullRequestUrl")
              ? URI.create(done.path("pullRequestUrl").asString())
              : page;
      String commit = done.path("commitOid").asString("");
      return new UploadReport(result, commit, paths, unchanged, transferred);
    } catch (IOException e) {
      throw LocalErrors.of(e, "upload to " + repo, directory);
    }
  }

  private void create() {
    ObjectNode body = json();
    int slash = repo.id().indexOf('/');
    body.put("name", repo.id().substring(slash + 1));
    if (slash > 0) {
      body.put("organization", repo.id().substring(0, slash));
    }
    if (options.isPrivate()) {
      // Unless asked, the default of the organization counts.
      body.put("visibility", "private");
    }
    Request request = post(URI.create(hub.endpoint() + "/api/repos/create"), body);
    for (int failures = 1; ; failures++) {
      HttpResponse<byte[]> response =
          hub.transport().call(request, retry.once(), patience(), subject.toString());
      String text = new String(response.body(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
      boolean isBusy = response.statusCode() == 409 && text.contains("in progress");
      if (isBusy && failures <= retry.retries()) {
        RetryPolicy.sleep(retry.pause(failures));
        continue;
      }
      if (response.statusCode() / 100 != 2 && response.statusCode() != 409 && !exists(response)) {
        throw hub.errors().of(response, subject);
      }
      return;
    }
  }

  /// Whether the repository is there although it could not be created: tokens for one repository
  /// only may not create any.
  private boolean exists(HttpResponse<byte[]> refusal) {
    return switch (refusal.statusCode()) {
      case 401, 402, 403 -> {
        Request request = Request.get(hub.apiUrl(repo, ""));
        yield hub.transport().call(request, retry, patience(), repo.id()).statusCode() == 200;
      }
      default -> false;
    };
  }

  private void validateCard(ImmutableList<UploadFile> files) throws IOException {
    for (UploadFile file : files) {
      if (file.path().equals("README.md")) {
        ObjectNode body = json().put("content", Files.readString(file.file()));
        body.put("repoType", "model");
        Request request = post(URI.create(hub.endpoint() + "/api/validate-yaml"), body);
        HttpResponse<byte[]> response =
            hub.transport().call(request, retry, patience(), subject.toString());
        if (response.statusCode() == 400) {
          HubException refusal = hub.errors().of(response, subject);
          throw new HubException(
              Reason.REFUSED,
              "Cannot upload to " + repo + ": README.md is not valid; " + refusal.getMessage(),
              refusal);
        }
      }
    }
  }

  /// Asks what to do with some files.
  ///
  /// @param changed takes those that must be committed
  /// @return number of files that are there already
  private int plan(List<UploadFile> batch, List<Planned> changed) throws IOException {
    ObjectNode body = json();
    ArrayNode list = body.putArray("files");
    Map<String, UploadFile> byPath = new HashMap<>();
    for (UploadFile file : batch) {
      byPath.put(file.path(), file);
      String sample = Base64.getEncoder().encodeToString(file.sample());
      list.addObject().put("path", file.path()).put("sample", sample).put("size", file.size());
    }
    String pull = options.createsPullRequest() ? "?create_pr=1" : "";
    Request request = post(hub.apiUrl(repo, "/preupload/" + revision() + pull), body);
    JsonNode answer = api.json(api.send(request, retry, subject), request, subject);
    int unchanged = 0;
    for (JsonNode entry : answer.path("files").values()) {
      UploadFile file = byPath.remove(entry.path("path").asString(""));
      if (file == null || entry.path("shouldIgnore").asBoolean(false)) {
        continue;
      }
      boolean isLfs = file.size() > 0 && entry.path("uploadMode").asString("").equals("lfs");
      Path content = file.file();
      String id = isLfs ? ContentHash.sha256(content) : ContentHash.gitSha1(content);
      if (id.equals(entry.path("oid").asString(""))) {
        unchanged++;
      } else {
        changed.add(new Planned(file, isLfs, id));
      }
    }
    requireAll(byPath.keySet());
    return unchanged;
  }

  /// @param left what the Hub was asked about and did not answer
  private void requireAll(Set<String> left) {
    if (!left.isEmpty()) {
      throw new HubException(
          Reason.CORRUPT,
          "Cannot upload to %s: the server's answer leaves out %s; is this a Hugging Face Hub?"
              .formatted(repo, left.iterator().next()));
    }
  }

  /// Sends content to storage, as far as it is not there.
  ///
  /// @return bytes that had to be sent
  private long transfer(List<Planned> large) {
    long sent = 0;
    for (List<Planned> batch : Lists.partition(large, BATCH)) {
      Map<String, Planned> byId = new HashMap<>();
      ObjectNode body = json().put("operation", "upload");
      body.putArray("transfers").add("basic").add("multipart");
      ArrayNode objects = body.putArray("objects");
      for (Planned one : batch) {
        if (byId.put(one.id(), one) == null) {
          objects.addObject().put("oid", one.id()).put("size", one.file().size());
        }
      }
      body.put("hash_algo", "sha256");
      if (!options.createsPullRequest()) {
        body.putObject("ref").put("name", options.revision());
      }
      URI uri = URI.create(hub.endpoint() + "/" + repo + ".git/info/lfs/objects/batch");
      Request request = LfsUpload.lfsJson(uri, body);
      sent += transfer(byId, request);
    }
    return sent;
  }

  /// Addresses are signed for some hours; when they have expired, the Hub is asked once more. What
  /// has been stored meanwhile is not in its second answer.
  private long transfer(Map<String, Planned> byId, Request request) {
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
      Planned one = byId.get(object.path("oid").asString(""));
      sent += one != null && object.hasNonNull("actions") ? one.file().size() : 0;
    }
    return sent;
  }

  private JsonNode objects(Request request) {
    return api.json(api.send(request, retry, subject), request, subject).path("objects");
  }

  private void send(Map<String, Planned> byId, JsonNode objects) {
    Semaphore connections = new Semaphore(hub.connections(), true);
    List<Runnable> tasks = new ArrayList<>();
    Set<String> left = new HashSet<>(byId.keySet());
    for (JsonNode object : objects.values()) {
      Planned one = byId.get(object.path("oid").asString(""));
      left.remove(object.path("oid").asString(""));
      if (object.hasNonNull("error")) {
        throw new HubException(
            Reason.REFUSED,
            "Cannot upload %s to %s: the server says: %s"
                .formatted(
                    one == null ? "a file" : one.file().path(),
                    repo,
                    object.path("error").path("message").asString("no reason")));
      }
      if (one != null && object.hasNonNull("actions")) {
        Subject part = new Subject(repo, options.revision(), one.file().path());
        LfsUpload upload = new LfsUpload(hub, part, one.file(), one.id(), connections, progress);
        tasks.add(() -> upload.run(object.path("actions")));
        progress.expect(one.file().size());
      }
    }
    requireAll(left);
    Parallel.run(tasks);
  }

  /// Makes the commit; never tried twice, since the first may have got through.
  private JsonNode commit(List<Planned> changed) throws IOException {
    StringBuilder lines = new StringBuilder();
    ObjectNode header = json().put("summary", options.message());
    line(lines, "header", header.put("description", options.description()));
    for (Planned one : changed) {
      UploadFile file = one.file();
      if (one.isLfs()) {
        ObjectNode value = json().put("path", file.path()).put("algo", "sha256");
        line(lines, "lfsFile", value.put("oid", one.id()).put("size", file.size()));
      } else {
        String content = Base64.getEncoder().encodeToString(Files.readAllBytes(file.file()));
        ObjectNode value = json().put("content", content).put("path", file.path());
        line(lines, "file", value.put("encoding", "base64"));
      }
    }
    String pull = options.createsPullRequest() ? "?create_pr=1" : "";
    URI uri = hub.apiUrl(repo, "/commit/" + revision() + pull);
    Request request =
        Request.post(uri, "application/x-ndjson", BodyPublishers.ofString(lines.toString()));
    HttpResponse<byte[]> response =
        hub.transport().call(request, retry.once(), patience(), subject.toString());
    if (response.statusCode() / 100 != 2) {
      throw hub.errors().of(response, subject);
    }
    return api.json(response, request, subject);
  }

  private static void line(StringBuilder lines, String key, ObjectNode value) {
    ObjectNode line = json().put("key", key);
    line.set("value", value);
    lines.append(line).append('\n');
  }

  private String revision() {
    return RepositoryPath.encodeSegment(options.revision());
  }

  private Duration patience() {
    return hub.metadataTimeout().multipliedBy(COMMIT_PATIENCE);
  }

  private static Request post(URI uri, JsonNode body) {
    return Request.post(uri, JSON_TYPE, BodyPublishers.ofString(body.toString()));
  }

  private static ObjectNode json() {
    return JsonMapper.shared().createObjectNode();
  }
}
