// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Settings of a [Hub]; whatever is not set comes from the environment.
public final class HubBuilder {

  private static final int CONNECTIONS = 8;
  private static final long PART_SIZE = 64L << 20;
  private static final long LEAST_SPEED = 1 << 10;

  private final Environment environment;
  private URI endpoint;
  private Path cache;
  private Supplier<Optional<String>> token;
  private boolean isOffline;
  private Duration metadataTimeout;
  private Duration stallTimeout;
  private int connections = CONNECTIONS;
  private long partSize = PART_SIZE;
  private long leastSpeed = LEAST_SPEED;
  private RetryPolicy retry = RetryPolicy.STANDARD;
  private ToLongFunction<Path> freeSpace = LocalErrors::freeSpace;
  private @Nullable HttpClient client;

  HubBuilder(Environment environment) {
    this.environment = environment;
    this.endpoint = environment.endpoint();
    this.cache = environment.cache();
    this.token = environment::token;
    this.isOffline = environment.isOffline();
    this.metadataTimeout = environment.metadataTimeout();
    this.stallTimeout = environment.stallTimeout();
  }

  /// Address of the Hub.
  public HubBuilder endpoint(URI newEndpoint) {
    checkArgument(newEndpoint.getHost() != null, "endpoint has no host: %s", newEndpoint);
    endpoint = Environment.endpoint(newEndpoint.toString());
    return this;
  }

  /// Directory of the cache, created when needed.
  public HubBuilder cache(Path newCache) {
    cache = newCache.toAbsolutePath();
    return this;
  }

  /// Token to send; blank to send none.
  ///
  /// @throws HubException if it holds anything but visible ASCII characters
  public HubBuilder token(String newToken) {
    Optional<String> clean = Environment.cleanToken(newToken, "HubBuilder.token");
    token = () -> clean;
    return this;
  }

  /// Whether to make no request at all.
  public HubBuilder offline(boolean newOffline) {
    isOffline = newOffline;
    return this;
  }

  /// Time to wait for small answers; six times as long when they are tried again.
  public HubBuilder metadataTimeout(Duration timeout) {
    checkArgument(timeout.isPositive(), "metadata timeout is not positive: %s", timeout);
    metadataTimeout = timeout;
    return this;
  }

  /// Time without a byte after which a transfer counts as broken and is begun again from there.
  public HubBuilder stallTimeout(Duration timeout) {
    checkArgument(timeout.isPositive(), "stall timeout is not positive: %s", timeout);
    stallTimeout = timeout;
    return this;
  }

  /// Bytes per second of one transfer, taken over six times the stall timeout, below which it
  /// counts as broken, too; 1024 unless set, 0 to wait however little comes.
  public HubBuilder leastSpeed(long bytesPerSecond) {
    checkArgument(bytesPerSecond >= 0, "least speed is negative: %s", bytesPerSecond);
    leastSpeed = bytesPerSecond;
    return this;
  }

  /// Most transfers at once, 8 unless set.
  public HubBuilder connections(int count) {
    checkArgument(count > 0, "number of connections is not positive: %s", count);
    connections = count;
    return this;
  }

  /// Bytes of a file that are transferred at one go, 64 MiB unless set; parts of a file are
  /// transferred side by side.
  public HubBuilder partSize(long bytes) {
    checkArgument(bytes > 0, "part size is not positive: %s", bytes);
    partSize = bytes;
    return this;
  }

  /// How often to try again after a failure, and the first wait; the wait doubles up to eightfold.
  /// Five times, after 1 s, unless set.
  public HubBuilder retries(int count, Duration firstWait) {
    checkArgument(count >= 0, "number of retries is negative: %s", count);
    retry = new RetryPolicy(count, firstWait, RetryPolicy.STANDARD.longest());
    return this;
  }

  /// The HTTP client to use, e.g. one with a proxy or certificates of its own.
  ///
  /// @throws IllegalArgumentException if it follows redirects: it might take the token elsewhere
  public HubBuilder httpClient(HttpClient newClient) {
    checkArgument(
        newClient.followRedirects() == HttpClient.Redirect.NEVER,
        "the HTTP client follows redirects, expected Redirect.NEVER");
    client = newClient;
    return this;
  }

  HubBuilder freeSpace(ToLongFunction<Path> newFreeSpace) {
    freeSpace = newFreeSpace;
    return this;
  }

  /// The Hub with these settings.
  public Hub build() {
    // What is never sent need not be valid.
    Optional<String> sent = isOffline ? Optional.empty() : token.get();
    EnvironmentProxy proxy = new EnvironmentProxy(environment);
    Transport transport =
        new Transport(
            client == null ? newClient(proxy) : client,
            endpoint,
            sent,
            userAgent(),
            retry,
            leastSpeed,
            client == null ? proxy::authorization : target -> Optional.empty());
    return new Hub(
        new HubContext(
            endpoint,
            cache,
            links(),
            isOffline,
            transport,
            new ServerErrors(endpoint, sent.isPresent()),
            metadataTimeout,
            stallTimeout,
            connections,
            partSize,
            freeSpace));
  }

  // HTTP/1.1: parts that share one HTTP/2 connection would share its speed.
  private HttpClient newClient(EnvironmentProxy proxy) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(metadataTimeout)
            .proxy(proxy);
    if (!isOffline) {
      environment.certificates().map(Certificates::trusting).ifPresent(builder::sslContext);
    }
    return builder.build();
  }

  private Links links() {
    if (environment.isWithoutLinks()) {
      return Links.NONE;
    }
    try {
      return isOffline ? Links.SYMBOLIC : Links.probe(cache);
    } catch (IOException e) {
      // A cache that can be read but not written.
      return Links.SYMBOLIC;
    }
  }

  private String userAgent() {
    String agent =
        environment.isReticent() ? "merge4j" : "merge4j; java/" + Runtime.version().feature();
    return environment.origin().map(origin -> agent + "; origin/" + origin).orElse(agent);
  }
}
