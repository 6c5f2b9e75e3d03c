// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableMap;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;

/// A request before it is known where redirects lead it.
///
/// @param authorized whether the token goes along, as far as the host is the Hub's
/// @param headers without those that every request has
record Request(
    String method,
    URI uri,
    boolean authorized,
    ImmutableMap<String, String> headers,
    BodyPublisher body) {

  static Request get(URI uri) {
    return new Request("GET", uri, true, ImmutableMap.of(), BodyPublishers.noBody());
  }

  static Request post(URI uri, String contentType, BodyPublisher body) {
    return new Request("POST", uri, true, ImmutableMap.of(), body)
        .header("Content-Type", contentType);
  }

  static Request put(URI uri, BodyPublisher body) {
    return new Request("PUT", uri, false, ImmutableMap.of(), body);
  }

  Request header(String name, String value) {
    ImmutableMap<String, String> all =
        ImmutableMap.<String, String>builder().putAll(headers).put(name, value).buildKeepingLast();
    return new Request(method, uri, authorized, all, body);
  }

  /// Asks for the bytes `from` to `to` (exclusive) only.
  Request range(long from, long to) {
    return header("Range", "bytes=" + from + "-" + (to - 1));
  }

  /// This request without the token.
  Request anonymous() {
    return new Request(method, uri, false, headers, body);
  }

  @Override
  public String toString() {
    return method + " " + Locations.withoutQuery(uri);
  }
}
