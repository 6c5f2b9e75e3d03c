// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.hub.HttpPort.Seen;
import io.merge4j.hub.LoopbackHub.Repo;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The part of [LoopbackHub] that sends what files hold, from the Hub itself, its resolve cache or
/// the storage host.
final class LoopbackContents {

  private static final Pattern CACHED = Pattern.compile("/([0-9a-f]{40})/.*etag=%22(.*)%22");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final LoopbackHub server;

  LoopbackContents(LoopbackHub server) {
    this.server = server;
  }

  /// @param rest revision and path, encoded
  Answer resolve(Seen request, String id, Repo repo, String rest, boolean isKnown) {
    String revision = LoopbackHub.decode(rest.substring(0, rest.indexOf('/')));
    String path = rest.substring(rest.indexOf('/') + 1);
    String commit = LoopbackHub.commit(repo, revision);
    if (commit == null) {
      return LoopbackHub.error(404, "RevisionNotFound", "Invalid rev id: " + revision);
    }
    if (repo.isGated && !isKnown) {
      return LoopbackHub.error(401, "GatedRepo", "Access to model " + id + " is restricted");
    }
    byte[] content = repo.commits.get(commit).get(LoopbackHub.decode(path));
    if (content == null) {
      return LoopbackHub.error(404, "EntryNotFound", "Entry not found")
          .with("X-Repo-Commit", commit);
    }
    Answer answer =
        repo.isLfs(LoopbackHub.decode(path), content)
            ? large(content)
            : small(request, id + "/" + commit + "/" + path, content);
    return answer.with("X-Repo-Commit", commit);
  }

  private Answer large(byte[] content) {
    String sha256 = Bytes.sha256(content);
    String signature = "?Signature=" + server.signatures.incrementAndGet();
    return elsewhere(302, server.cdnUrl() + "/cdn/" + sha256 + signature, sha256, content)
        .with("Accept-Ranges", "bytes");
  }

  /// @param place repository, commit and path, encoded
  private Answer small(Seen request, String place, byte[] content) {
    String etag = Bytes.gitSha1(content);
    if (server.usesResolveCache && content.length > 0) {
      String query = "?etag=%22" + etag + "%22";
      return elsewhere(307, "/api/resolve-cache/models/" + place + query, etag, content);
    }
    return ranged(request, content).with("ETag", "\"" + etag + "\"");
  }

  private Answer elsewhere(int status, String location, String etag, byte[] content) {
    server.stored.put(etag, content);
    return Answer.of(status, "")
        .with("X-Linked-Etag", "\"" + etag + "\"")
        .with("X-Linked-Size", String.valueOf(content.length))
        .with("Location", location);
  }

  Answer resolveCache(Seen request) {
    Matcher matcher = CACHED.matcher(request.target());
    if (!matcher.find()) {
      return LoopbackHub.error(404, "EntryNotFound", "");
    }
    return ranged(request, server.stored.get(matcher.group(2)))
        .with("X-Repo-Commit", matcher.group(1))
        .with("ETag", "\"" + matcher.group(2) + "\"");
  }

  /// The storage host: signed addresses, no accounts.
  Answer store(Seen request) {
    if (request.headers().containsKey("authorization")) {
      return Answer.of(400, "Only one auth mechanism allowed");
    }
    String signature = request.target().replaceFirst(".*Signature=", "");
    if (server.expiredSignatures.remove(signature)) {
      return Answer.of(403, "<Error><Code>AccessDenied</Code></Error>");
    }
    if (request.method().equals("PUT")) {
      return server.uploads.put(request);
    }
    byte[] content = server.stored.get(request.path().substring("/cdn/".length()));
    return content == null
        ? Answer.of(404, "")
        : ranged(request, content).with("ETag", "\"c35cc7d8d91728a0cb052831bc4ef372\"");
  }

  private Answer ranged(Seen request, byte[] content) {
    Matcher range = RANGE.matcher(request.headers().getOrDefault("range", ""));
    Answer whole = Answer.of(200, "").body(content).with("Accept-Ranges", "bytes");
    if (!range.matches() || server.ignoresRanges) {
      return whole;
    }
    int from = Integer.parseInt(range.group(1));
    String last = range.group(2);
    int to = last.isEmpty() ? content.length : Math.min(content.length, Integer.parseInt(last) + 1);
    if (from >= to) {
      return Answer.of(416, "").with("Content-Range", "bytes */" + content.length);
    }
    return whole
        .status(206)
        .body(Arrays.copyOfRange(content, from, to))
        .with("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
  }
}
