// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNullElse;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, else those of the
/// JVM's system properties.
final class EnvironmentProxy extends ProxySelector {

  private static final int STANDARD_PORT = 80;
  private static final String DISABLED_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  private final Environment environment;

  EnvironmentProxy(Environment environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    Optional<String> proxy = proxy(uri);
    if (proxy.isEmpty()) {
      ProxySelector standard = ProxySelector.getDefault();
      return standard == null ? List.of(Proxy.NO_PROXY) : standard.select(uri);
    }
    return isExempt(uri)
        ? List.of(Proxy.NO_PROXY)
        : List.of(new Proxy(Proxy.Type.HTTP, address(proxy.get())));
  }

  private Optional<String> proxy(URI uri) {
    return environment.proxy(uri.getScheme() + "_proxy").or(() -> environment.proxy("all_proxy"));
  }

  /// What the proxy for an address wants to see in `Proxy-Authorization`: the user and password
  /// that its variable holds, if any.
  ///
  /// @throws IllegalArgumentException if Java is set up not to send them
  Optional<String> authorization(URI uri) {
    Optional<String> user =
        proxy(uri)
            .filter(proxy -> !isExempt(uri))
            .map(EnvironmentProxy::parse)
            .flatMap(proxy -> Optional.ofNullable(proxy.getUserInfo()));
    if (user.isPresent() && uri.getScheme().equals("https") && !isBasicAllowed()) {
      throw new IllegalArgumentException(
          "Cannot use the user and password in HTTPS_PROXY: Java sends them to proxies for https only if started with -D%s="
              .formatted(DISABLED_SCHEMES));
    }
    return user.map(name ->
        "Basic " + Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)));
  }

  private static boolean isBasicAllowed() {
    // Unless the property is set, the JDK's own configuration counts, which forbids it.
    String disabled = System.getProperty(DISABLED_SCHEMES, "Basic");
    return !Ascii.toLowerCase(disabled).contains("basic");
  }

  /// An entry of `NO_PROXY` is a host or a domain, with a port or without, or `*` for all.
  private boolean isExempt(URI uri) {
    String host = withoutBrackets(requireNonNullElse(uri.getHost(), "").toLowerCase(Locale.ROOT));
    String port = ":" + Locations.port(uri);
    for (String entry :
        Splitter.on(',').trimResults().split(environment.proxy("no_proxy").orElse(""))) {
      String name = entry.toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      String suffix =
          withoutBrackets(
              name.endsWith(port) && !name.equals(host)
                  ? name.substring(0, name.length() - port.length())
                  : name);
      boolean matches = host.equals(suffix) || host.endsWith("." + suffix);
      if (entry.equals("*") || (!suffix.isEmpty() && matches)) {
        return true;
      }
    }
    return false;
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static InetSocketAddress address(String proxy) {
    URI uri = parse(proxy);
    int port = uri.getPort() < 0 ? STANDARD_PORT : uri.getPort();
    return InetSocketAddress.createUnresolved(uri.getHost(), port);
  }

  private static URI parse(String proxy) {
    try {
      URI uri = new URI(proxy.contains("://") ? proxy : "http://" + proxy);
      boolean isHttp = Ascii.toLowerCase(uri.getScheme()).matches("https?");
      if (uri.getHost() != null && isHttp) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Its message holds the password.
    }
    throw invalid(proxy);
  }

  private static IllegalArgumentException invalid(String proxy) {
    String shown = proxy.replaceFirst("^([^/@]*://)?.*@", "$1***@");
    return new IllegalArgumentException(
        "Invalid proxy \"" + shown + "\": expected http://host:port; SOCKS proxies are not known");
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // The request fails and says so.
  }
}
