// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;

import com.google.common.io.ByteStreams;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sends the content of one large file to where the Hub says, whole or in parts.
///
/// *Source:* Git LFS batch API, transfers `basic` and the Hub's `multipart`; huggingface_hub 1.33.0
/// `lfs.py`.
final class LfsUpload {

  static final String LFS_JSON = "application/vnd.git-lfs+json";

  private final Destination destination;
  private final HubContext hub;
  private final Subject subject;
  private final UploadFile file;
  private final String sha256;
  private final Turns connections;
  private final UploadProgress progress;

  LfsUpload(
      Destination destination,
      UploadFile file,
      String sha256,
      Turns connections,
      UploadProgress progress) {
    this.destination = destination;
    this.hub = destination.hub();
    this.subject = destination.subject(file);
    this.file = file;
    this.sha256 = sha256;
    this.connections = connections;
    this.progress = progress;
  }

  /// Storage refused an address that the Hub has signed; its time may be over.
  static final class ExpiredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExpiredException(HubException cause) {
      super(cause);
    }

    HubException refusal() {
      return (HubException) requireNonNull(getCause());
    }
  }

  /// Does what the batch answer asks for.
  ///
  /// @param actions `upload` and, if the Hub wants to check, `verify`
  /// @throws ExpiredException if an address is no longer valid
  void run(JsonNode actions) {
    JsonNode upload = actions.path("upload");
    URI target = onEndpoint(address(upload.path("href")));
    JsonNode header = upload.path("header");
    if (header.hasNonNull("chunk_size")) {
      multipart(target, header);
    } else {
      send(Request.put(target, slice(0, file.size())));
    }
    if (actions.path("verify").hasNonNull("href")) {
      URI verify = onEndpoint(address(actions.path("verify").path("href")));
      ObjectNode body = Destination.json().put("oid", sha256).put("size", file.size());
      send(lfsJson(verify, body));
    }
  }

  private void multipart(URI completion, JsonNode header) {
    long chunk = header.path("chunk_size").asLong(0);
    Map<Integer, URI> targets = new TreeMap<>();
    header
        .properties()
        .forEach(entry -> {
          if (entry.getKey().matches("\\d{1,9}")) {
            targets.put(Integer.parseInt(entry.getKey()), address(entry.getValue()));
          }
        });
    if (chunk <= 0 || targets.size() != Math.ceilDiv(file.size(), chunk)) {
      throw new HubException(
          Reason.CORRUPT,
          "Cannot upload %s: the server wants %d parts of %d bytes for %d bytes"
              .formatted(subject, targets.size(), chunk, file.size()));
    }
    Map<Integer, String> etags = Collections.synchronizedMap(new TreeMap<>());
    List<Runnable> parts = new ArrayList<>();
    long from = 0;
    for (Map.Entry<Integer, URI> target : targets.entrySet()) {
      BodyPublisher body = slice(from, Math.min(chunk, file.size() - from));
      parts.add(() -> etags.put(target.getKey(), etag(Request.put(target.getValue(), body))));
      from += chunk;
    }
    Parallel.run(parts);
    ObjectNode done = Destination.json().put("oid", sha256);
    ArrayNode list = done.putArray("parts");
    etags.forEach((number, etag) -> list.addObject().put("partNumber", number).put("etag", etag));
    send(lfsJson(completion, done).anonymous());
  }

  private String etag(Request request) {
    return send(request)
        .headers()
        .firstValue("ETag")
        .orElseThrow(() ->
            new HubException(
                Reason.CORRUPT,
                "Cannot upload " + subject + ": the storage host sent no ETag for a part"));
  }

  private HttpResponse<byte[]> send(Request request) {
    RetryPolicy retry = hub.transport().retry();
    HttpResponse<byte[]> response =
        connections.take(() -> destination.call(request, retry, subject));
    if (response.statusCode() / 100 != 2) {
      HubException refusal = hub.errors().of(response, subject);
      boolean isExpired = response.statusCode() == 401 || response.statusCode() == 403;
      throw isExpired && !request.authorized() ? new ExpiredException(refusal) : refusal;
    }
    return response;
  }

  static Request lfsJson(URI uri, JsonNode body) {
    return Request.post(uri, LFS_JSON, BodyPublishers.ofString(body.toString()))
        .header("Accept", LFS_JSON);
  }

  private URI address(JsonNode href) {
    try {
      URI address = URI.create(href.asString(""));
      if (address.getHost() != null) {
        return Locations.resolve(hub.endpoint(), address.toString());
      }
    } catch (IOException | IllegalArgumentException e) {
      // Said below.
    }
    throw new HubException(
        Reason.CORRUPT,
        "Cannot upload %s: the server names no address to send it to; is this a Hugging Face Hub?"
            .formatted(subject));
  }

  /// The Hub names itself by its public address even to those who reach it by another.
  private URI onEndpoint(URI uri) {
    String text = uri.toString();
    String known = Environment.PUBLIC_HUB.toString();
    return text.startsWith(known + "/")
        ? URI.create(hub.endpoint() + text.substring(known.length()))
        : uri;
  }

  /// A part of the file as a body of known length: object storage refuses chunked bodies.
  private BodyPublisher slice(long from, long length) {
    AtomicLong counted = new AtomicLong();
    BodyPublisher stream =
        BodyPublishers.ofInputStream(() -> progress.count(open(from, length), counted));
    return BodyPublishers.fromPublisher(stream, length);
  }

  private InputStream open(long from, long length) {
    try {
      FileChannel channel = FileChannel.open(file.file()).position(from);
      return ByteStreams.limit(Channels.newInputStream(channel), length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
