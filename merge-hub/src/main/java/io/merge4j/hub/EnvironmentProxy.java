// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNullElse;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, else those of the
/// JVM's system properties.
final class EnvironmentProxy extends ProxySelector {

  private static final int STANDARD_PORT = 80;

  private final Environment environment;

  EnvironmentProxy(Environment environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    Optional<String> proxy =
        environment.proxy(uri.getScheme() + "_proxy").or(() -> environment.proxy("all_proxy"));
    if (proxy.isEmpty()) {
      ProxySelector standard = ProxySelector.getDefault();
      return standard == null ? List.of(Proxy.NO_PROXY) : standard.select(uri);
    }
    return isExempt(requireNonNullElse(uri.getHost(), ""))
        ? List.of(Proxy.NO_PROXY)
        : List.of(new Proxy(Proxy.Type.HTTP, address(proxy.get())));
  }

  private boolean isExempt(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    for (String entry :
        Splitter.on(',').trimResults().split(environment.proxy("no_proxy").orElse(""))) {
      String suffix = entry.toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      boolean matches = name.equals(suffix) || name.endsWith("." + suffix);
      if (entry.equals("*") || (!suffix.isEmpty() && matches)) {
        return true;
      }
    }
    return false;
  }

  private static InetSocketAddress address(String proxy) {
    URI uri;
    try {
      uri = new URI(proxy.contains("://") ? proxy : "http://" + proxy);
    } catch (URISyntaxException e) {
      // Its message holds the password.
      throw invalid(proxy);
    }
    boolean isHttp = uri.getScheme().equalsIgnoreCase("http");
    if (uri.getHost() == null || !(isHttp || uri.getScheme().equalsIgnoreCase("https"))) {
      throw invalid(proxy);
    }
    int port = uri.getPort() < 0 ? STANDARD_PORT : uri.getPort();
    return InetSocketAddress.createUnresolved(uri.getHost(), port);
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
