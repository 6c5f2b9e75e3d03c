// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.hub.HttpPort.Seen;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A Hub and its storage host on two loopback ports, as the protocol of huggingface_hub 1.33.0 has
/// it. What files hold comes from [LoopbackContents], uploads go to [LoopbackUploads].
///
/// As a program it serves a small repository for trying other clients against it.
final class LoopbackHub implements AutoCloseable {

  static final String COMMIT_A = "111111111111111111111111111111111111111a";
  static final String COMMIT_B = "222222222222222222222222222222222222222b";
  static final String TOKEN = "hf_good";

  static final JsonMapper JSON = JsonMapper.shared();

  /// A repository: files by commit, commits by revision.
  static final class Repo {
    final Map<String, Map<String, byte[]>> commits = new ConcurrentHashMap<>();
    final Map<String, String> refs = new ConcurrentHashMap<>();
    final Set<String> lfs = ConcurrentHashMap.newKeySet();
    final Set<String> regular = ConcurrentHashMap.newKeySet();
    boolean isGated;
    boolean isPrivate;
    boolean isDisabled;
    String movedTo = "";

    /// Front matter of the card as JSON.
    String cardData = "{}";

    Repo commit(String revision, String commit, Map<String, byte[]> files) {
      commits.put(commit, new TreeMap<>(files));
      refs.put(revision, commit);
      return this;
    }

    boolean isLfs(String path, byte[] content) {
      boolean isWeights = path.endsWith(".safetensors") || path.endsWith(".bin");
      return lfs.contains(path) || (isWeights && !regular.contains(path));
    }
  }

  final Map<String, Repo> repos = new ConcurrentHashMap<>();
  final Map<String, byte[]> stored = new ConcurrentHashMap<>();

  /// Hashes that a hostile server lists instead of the right ones, by path.
  final Map<String, String> falseHashes = new ConcurrentHashMap<>();

  final Set<String> expiredSignatures = new HashSet<>();
  final AtomicInteger signatures = new AtomicInteger();
  final HttpPort hub;
  final HttpPort cdn;
  final LoopbackUploads uploads = new LoopbackUploads(this);
  private final LoopbackContents contents = new LoopbackContents(this);
  int pageSize = 1000;
  boolean usesResolveCache;
  boolean ignoresRanges;

  /// Name of the storage host. The reference client tells hosts apart by name, without the port.
  String cdnName = "127.0.0.1";

  private static final Pattern REPO =
      Pattern.compile("/(?:api/models/)?((?:[^/]+/)?[^/]+?)(?:/(revision|tree|resolve)/(.*))?");

  LoopbackHub() throws IOException {
    this(0, 0);
  }

  LoopbackHub(int hubPort, int cdnPort) throws IOException {
    hub = new HttpPort(hubPort, this::answer);
    cdn = new HttpPort(cdnPort, contents::store);
  }

  String cdnUrl() {
    return cdn.url().replace("127.0.0.1", cdnName);
  }

  Repo repo(String id) {
    return repos.computeIfAbsent(id, any -> new Repo());
  }

  private Answer answer(Seen request) {
    String authorization = request.headers().getOrDefault("authorization", "");
    if (!authorization.isEmpty() && !authorization.equals("Bearer " + TOKEN)) {
      return error(401, "", "Invalid credentials in Authorization header");
    }
    boolean isKnown = !authorization.isEmpty();
    String path = request.path();
    if (path.startsWith("/api/resolve-cache/models/")) {
      return contents.resolveCache(request);
    }
    Answer upload = uploads.answer(request, isKnown);
    if (upload != null) {
      return upload;
    }
    Matcher matcher = REPO.matcher(path);
    if (!matcher.matches()) {
      return error(404, "", "no such page");
    }
    String id = matcher.group(1);
    Repo repo = repos.get(id);
    if (repo == null || (repo.isPrivate && !isKnown)) {
      return error(isKnown ? 404 : 401, "RepoNotFound", "Repository not found");
    }
    if (!repo.movedTo.isEmpty()) {
      return Answer.of(307, "").with("Location", request.target().replace(id, repo.movedTo));
    }
    if (repo.isDisabled) {
      return error(403, "", "Access to this resource is disabled.");
    }
    String kind = matcher.group(2) == null ? "revision" : matcher.group(2);
    String rest = matcher.group(3) == null ? "main" : matcher.group(3);
    return switch (kind) {
      case "revision" -> info(id, repo, decode(rest));
      case "tree" -> tree(request, repo, decode(rest));
      default -> contents.resolve(request, id, repo, rest, isKnown);
    };
  }

  private static Answer info(String id, Repo repo, String revision) {
    String commit = commit(repo, revision);
    if (commit == null) {
      return error(404, "RevisionNotFound", "Invalid rev id: " + revision);
    }
    ObjectNode json = JSON.createObjectNode().put("id", id).put("sha", commit);
    json.put("private", repo.isPrivate).put("gated", repo.isGated);
    json.set("cardData", JSON.readTree(repo.cardData));
    ArrayNode siblings = json.putArray("siblings");
    repo.commits.get(commit).keySet().forEach(p -> siblings.addObject().put("rfilename", p));
    return json(200, json);
  }

  private Answer tree(Seen request, Repo repo, String revision) {
    String commit = commit(repo, revision);
    if (commit == null) {
      return error(404, "RevisionNotFound", "Invalid rev id: " + revision);
    }
    Matcher cursor = Pattern.compile("cursor=(\\d+)").matcher(request.target());
    int from = cursor.find() ? Integer.parseInt(cursor.group(1)) : 0;
    List<Map.Entry<String, byte[]>> all = new ArrayList<>(repo.commits.get(commit).entrySet());
    ArrayNode page = JSON.createArrayNode();
    page.addObject().put("type", "directory").put("path", "sub").put("oid", "0").put("size", 0);
    for (Map.Entry<String, byte[]> file :
        all.subList(from, Math.min(all.size(), from + pageSize))) {
      ObjectNode entry = page.addObject().put("type", "file").put("path", file.getKey());
      entry.put("size", file.getValue().length);
      if (repo.isLfs(file.getKey(), file.getValue())) {
        entry.put(
            "oid", Bytes.gitSha1(("pointer " + file.getKey()).getBytes(StandardCharsets.UTF_8)));
        String sha256 = falseHashes.getOrDefault(file.getKey(), Bytes.sha256(file.getValue()));
        ObjectNode lfs = entry.putObject("lfs").put("oid", sha256);
        lfs.put("size", file.getValue().length).put("pointerSize", 132);
      } else {
        entry.put("oid", falseHashes.getOrDefault(file.getKey(), Bytes.gitSha1(file.getValue())));
      }
    }
    Answer answer = json(200, page);
    String query = "?recursive=true&expand=false&cursor=" + (from + pageSize);
    return from + pageSize < all.size()
        ? answer.with("Link", "<" + hub.url() + request.path() + query + ">; rel=\"next\"")
        : answer;
  }

  static String commit(Repo repo, String revision) {
    String commit = repo.refs.getOrDefault(revision, revision);
    return repo.commits.containsKey(commit) ? commit : null;
  }

  static Answer json(int status, Object json) {
    return Answer.of(status, JSON.writeValueAsString(json))
        .with("Content-Type", "application/json");
  }

  static Answer error(int status, String code, String message) {
    Answer answer = Answer.of(status, "").with("X-Request-Id", "req-1");
    Answer coded = code.isEmpty() ? answer : answer.with("X-Error-Code", code);
    return message.isEmpty() ? coded : coded.with("X-Error-Message", message);
  }

  static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    hub.close();
    cdn.close();
  }

  /// Serves `org/model` until stopped, on ports 8801 and 8802 or those given, 0 for any.
  public static void main(String[] args) throws Exception {
    LoopbackHub server =
        args.length == 2
            ? new LoopbackHub(Integer.parseInt(args[0]), Integer.parseInt(args[1]))
            : new LoopbackHub(8801, 8802);
    server.cdnName = "localhost";
    server.repo("org/model").commit("main", COMMIT_A, Bytes.smallModel());
    System.out.println("HF_ENDPOINT=" + server.hub.url());
    Thread.currentThread().join();
  }
}
