// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/// Where redirects lead, and which of those places may see the token.
final class Locations {

  private static final Set<String> PUBLIC_HOSTS = ImmutableSet.of("huggingface.co", "hf.co");
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Locations() {}

  /// Whether `uri` belongs to the Hub at `endpoint`: same scheme, host and port, or another name of
  /// the public Hub. The reference client also sends tokens to the public Hub when the endpoint is
  /// another one; this one does not.
  static boolean isHub(URI uri, URI endpoint) {
    if (origin(uri).equals(origin(endpoint))) {
      return true;
    }
    return uri.getScheme().equals("https")
        && uri.getPort() < 0
        && PUBLIC_HOSTS.contains(host(uri))
        && endpoint.getScheme().equals("https")
        && PUBLIC_HOSTS.contains(host(endpoint));
  }

  /// The target of a redirect.
  ///
  /// @param location as the server wrote it, possibly relative, possibly not escaped as it should
  ///   be
  /// @throws IOException if it is no HTTP address, or would give up encryption
  static URI resolve(URI from, String location) throws IOException {
    URI target;
    try {
      target = from.resolve(new URI(escape(location)));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IOException(withoutQuery(from) + " redirects to an invalid address", e);
    }
    String scheme = target.getScheme() == null ? "" : target.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals(from.getScheme())) {
      throw new IOException(
          withoutQuery(from) + " redirects from https to " + scheme + "; refused");
    }
    if (target.getHost() == null) {
      throw new IOException(withoutQuery(from) + " redirects to an address without a host");
    }
    return target;
  }

  /// An address fit for messages: signatures are in the query.
  static String withoutQuery(URI uri) {
    String text = uri.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  private static String origin(URI uri) {
    return uri.getScheme() + "://" + host(uri) + ":" + port(uri);
  }

  /// The port that an address names, or that of its scheme.
  static int port(URI uri) {
    int standard = uri.getScheme().equals("https") ? 443 : 80;
    return uri.getPort() < 0 ? standard : uri.getPort();
  }

  private static String host(URI uri) {
    return uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
  }

  private static String escape(String location) {
    StringBuilder out = new StringBuilder();
    // The client reads a header's bytes as Latin-1, whatever they are.
    for (byte b : location.getBytes(StandardCharsets.ISO_8859_1)) {
      if (b <= ' ' || b == 127 || "\"<>\\^`{|}".indexOf(b) >= 0) {
        out.append('%').append(HEX.toHexDigits(b));
      } else {
        out.append((char) b);
      }
    }
    return out.toString();
  }
}
