// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.hub.HttpPort.Seen;
import io.merge4j.hub.LoopbackHub.Repo;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The part of [LoopbackHub] that takes uploads.
final class LoopbackUploads {

  private static final Pattern BATCH = Pattern.compile("/(.+)\\.git/info/lfs/objects/batch");
  private static final Pattern MODEL =
      Pattern.compile("/api/models/(.+)/(preupload|commit|branch)/([^/]+)");

  final LoopbackHub server;
  final Map<String, byte[]> parts = new ConcurrentHashMap<>();
  int chunkSize;

  /// Whether the Hub takes content itself, and gives its addresses by its public name, as it does
  /// to those who reach it by another.
  boolean namesPublicHub;

  boolean mayCreate = true;

  LoopbackUploads(LoopbackHub server) {
    this.server = server;
  }

  /// The answer to a call of the upload protocol, null if it is none.
  Answer answer(Seen request, boolean isKnown) {
    String path = request.path();
    if (request.method().equals("PUT") && path.startsWith("/s3/")) {
      return put(request);
    }
    if (!request.method().equals("POST")) {
      return null;
    }
    if (path.equals("/api/complete_multipart")) {
      return complete(request);
    }
    if (!isKnown) {
      return LoopbackHub.error(401, "RepoNotFound", "Repository not found");
    }
    if (path.equals("/api/validate-yaml")) {
      return request.text().contains("bad: [")
          ? Answer.of(400, "{\"errors\":[{\"message\":\"bad YAML in the front matter\"}]}")
          : Answer.of(200, "{\"errors\":[],\"warnings\":[]}");
    }
    JsonNode body = path.contains("/commit/") ? null : LoopbackHub.JSON.readTree(request.text());
    if (path.equals("/api/repos/create")) {
      return create(body);
    }
    if (path.endsWith("/objects/verify")) {
      return Answer.of(server.stored.containsKey(body.path("oid").asString()) ? 200 : 404, "{}");
    }
    Matcher batch = BATCH.matcher(path);
    if (batch.matches()) {
      return batch(body);
    }
    Matcher model = MODEL.matcher(path);
    return model.matches() ? ofModel(request, model, body) : null;
  }

  /// @param call [#MODEL]: the repository, what is asked of it, a revision
  private Answer ofModel(Seen request, Matcher call, JsonNode body) {
    Repo repo = server.repos.get(call.group(1));
    if (repo == null) {
      return LoopbackHub.error(404, "RepoNotFound", "Repository not found");
    }
    String revision = LoopbackHub.decode(call.group(3));
    if (call.group(2).equals("branch")) {
      String old = repo.refs.putIfAbsent(revision, repo.refs.getOrDefault("main", ""));
      return Answer.of(old == null ? 200 : 409, "");
    }
    if (!revision.equals("main") && !repo.refs.containsKey(revision)) {
      return LoopbackHub.error(404, "RevisionNotFound", "Invalid rev id: " + revision);
    }
    return call.group(2).equals("preupload")
        ? preupload(body, repo, revision)
        : commit(request, call.group(1), repo, revision);
  }

  private Answer create(JsonNode body) {
    if (!mayCreate) {
      return LoopbackHub.error(403, "", "You don't have the rights to create a model");
    }
    String id = body.path("organization").asString() + "/" + body.path("name").asString();
    if (server.repos.containsKey(id)) {
      return LoopbackHub.json(409, created(id).put("error", "You already created this model repo"));
    }
    server.repo(id).isPrivate = body.path("visibility").asString("").equals("private");
    return LoopbackHub.json(200, created(id));
  }

  private ObjectNode created(String id) {
    return LoopbackHub.JSON
        .createObjectNode()
        .put("url", server.hub.url() + "/" + id)
        .put("name", id);
  }

  private static Answer preupload(JsonNode body, Repo repo, String revision) {
    ObjectNode answer = LoopbackHub.JSON.createObjectNode();
    ArrayNode list = answer.putArray("files");
    Map<String, byte[]> known =
        repo.commits.getOrDefault(repo.refs.getOrDefault(revision, ""), Map.of());
    for (JsonNode file : body.path("files").values()) {
      String path = file.path("path").asString();
      byte[] old = known.get(path);
      boolean isLfs = path.endsWith(".safetensors");
      String oid = old == null ? null : isLfs ? Bytes.sha256(old) : Bytes.gitSha1(old);
      list.addObject()
          .put("path", path)
          .put("uploadMode", isLfs ? "lfs" : "regular")
          .put("shouldIgnore", path.endsWith(".ignored"))
          .put("oid", oid);
    }
    return LoopbackHub.json(200, answer);
  }

  private Answer batch(JsonNode body) {
    ObjectNode answer = LoopbackHub.JSON.createObjectNode().put("transfer", "basic");
    ArrayNode objects = answer.putArray("objects");
    for (JsonNode wanted : body.path("objects").values()) {
      String oid = wanted.path("oid").asString();
      long size = wanted.path("size").asLong();
      ObjectNode object = objects.addObject().put("oid", oid).put("size", size);
      if (!server.stored.containsKey(oid)) {
        ObjectNode actions = object.putObject("actions");
        ObjectNode upload = actions.putObject("upload");
        if (chunkSize == 0) {
          String host = namesPublicHub ? hubName() : server.cdnUrl();
          upload.put("href", host + "/s3/" + oid + "?X-Amz-Signature=z");
        } else {
          upload.put("href", hubName() + "/api/complete_multipart?oid=" + oid);
          ObjectNode header = upload.putObject("header").put("chunk_size", "" + chunkSize);
          for (int part = 1; (part - 1L) * chunkSize < size; part++) {
            header.put(
                "%05d".formatted(part), server.cdnUrl() + "/s3/" + oid + "?partNumber=" + part);
          }
        }
        String verify = hubName() + "/me/m.git/info/lfs/objects/verify";
        actions.putObject("verify").put("href", verify);
      }
    }
    return LoopbackHub.json(200, answer);
  }

  private String hubName() {
    return namesPublicHub ? "https://huggingface.co" : server.hub.url();
  }

  /// Takes content at a signed address.
  Answer put(Seen request) {
    if (!request.headers().containsKey("content-length")) {
      return Answer.of(501, "chunked bodies are not implemented");
    }
    Matcher matcher =
        Pattern.compile("/s3/(\\w+)\\?(?:partNumber=(\\d+))?.*").matcher(request.target());
    if (!matcher.matches()) {
      return Answer.of(404, "");
    }
    String oid = matcher.group(1);
    if (matcher.group(2) == null) {
      if (!Bytes.sha256(request.body()).equals(oid)) {
        return Answer.of(400, "wrong hash");
      }
      server.stored.put(oid, request.body());
    } else {
      parts.put(oid + matcher.group(2), request.body());
    }
    return Answer.of(200, "").with("ETag", "\"" + Bytes.gitSha1(request.body()) + "\"");
  }

  private Answer complete(Seen request) {
    if (request.headers().containsKey("authorization")) {
      return Answer.of(400, "signed, and authorized");
    }
    JsonNode body = LoopbackHub.JSON.readTree(request.text());
    String oid = body.path("oid").asString();
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (JsonNode part : body.path("parts").values()) {
      byte[] content = parts.get(oid + part.path("partNumber").asInt());
      if (!part.path("etag").asString().equals("\"" + Bytes.gitSha1(content) + "\"")) {
        return Answer.of(400, "wrong etag");
      }
      whole.writeBytes(content);
    }
    if (!Bytes.sha256(whole.toByteArray()).equals(oid)) {
      return Answer.of(400, "wrong hash");
    }
    server.stored.put(oid, whole.toByteArray());
    return Answer.of(200, "{}");
  }

  private Answer commit(Seen request, String id, Repo repo, String revision) {
    String old = repo.refs.getOrDefault(revision, "");
    Map<String, byte[]> files = new TreeMap<>(repo.commits.getOrDefault(old, Map.of()));
    for (String line : request.text().split("\n", -1)) {
      JsonNode entry =
          line.isEmpty() ? LoopbackHub.JSON.createObjectNode() : LoopbackHub.JSON.readTree(line);
      JsonNode value = entry.path("value");
      switch (entry.path("key").asString("")) {
        case "file" -> {
          String path = value.path("path").asString();
          files.put(path, Base64.getDecoder().decode(value.path("content").asString()));
          repo.regular.add(path);
        }
        case "lfsFile" -> {
          byte[] content = server.stored.get(value.path("oid").asString());
          if (content == null) {
            return Answer.of(400, "{\"error\":\"LFS object is missing\"}");
          }
          files.put(value.path("path").asString(), content);
        }
        case "header" -> {
          if (!value.path("parentCommit").asString(old).equals(old)) {
            return LoopbackHub.error(412, "", "A commit has happened since");
          }
        }
        default -> {}
      }
    }
    boolean isPull = request.hasQuery("create_pr=1");
    String commit = "%040x".formatted(repo.commits.size() + 1);
    repo.commit(isPull ? "refs/pr/7" : revision, commit, files);
    ObjectNode answer =
        LoopbackHub.JSON.createObjectNode().put("success", true).put("commitOid", commit);
    answer.put("commitUrl", server.hub.url() + "/" + id + "/commit/" + commit);
    if (isPull) {
      answer.put("pullRequestUrl", server.hub.url() + "/" + id + "/discussions/7");
    }
    return LoopbackHub.json(200, answer);
  }
}
