// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Sends requests: adds what every request has, follows redirects, tries again.
///
/// Redirects are followed by hand. The token goes to the Hub only; once a redirect has left the Hub
/// it is not sent again, not even back to the Hub.
final class Transport {

  private static final System.Logger LOG = System.getLogger(Transport.class.getName());
  private static final int MOST_REDIRECTS = 20;
  private static final int MOST_WARNINGS = 20;
  private static final int RETRY_TIMEOUT_FACTOR = 6;
  private static final byte[] NOTHING = {};

  private final HttpClient client;
  private final URI endpoint;
  private final Optional<String> token;
  private final String userAgent;
  private final RetryPolicy retry;
  private final long leastSpeed;
  private final Function<URI, Optional<String>> proxyAuthorization;
  private final Set<String> warnings = ConcurrentHashMap.newKeySet();
  private volatile boolean hasAnswered;

  /// @param leastSpeed bytes per second below which an exchange counts as broken, see [Pulse]
  /// @param proxyAuthorization what the proxy on the way to an address wants to see, if anything
  Transport(
      HttpClient client,
      URI endpoint,
      Optional<String> token,
      String userAgent,
      RetryPolicy retry,
      long leastSpeed,
      Function<URI, Optional<String>> proxyAuthorization) {
    this.client = client;
    this.proxyAuthorization = proxyAuthorization;
    this.endpoint = endpoint;
    this.token = token;
    this.userAgent = userAgent;
    this.retry = retry;
    this.leastSpeed = leastSpeed;
  }

  RetryPolicy retry() {
    return retry;
  }

  /// Whether no connection was made, now and ever: more likely the network or the address is wrong
  /// than that the next attempt succeeds.
  private boolean isOutOfReach(IOException e) {
    return e instanceof ConnectException && !hasAnswered;
  }

  /// Sends a request until an answer comes that will not change.
  ///
  /// The first attempt is given the time limit, later ones six times as much.
  ///
  /// @param subject what is accessed, for messages
  /// @return the last answer, of any status
  HttpResponse<byte[]> call(Request request, RetryPolicy policy, Duration stall, String subject) {
    for (int failures = 1; ; failures++) {
      boolean isLast = failures > policy.retries();
      Duration limit = failures == 1 ? stall : stall.multipliedBy(RETRY_TIMEOUT_FACTOR);
      try {
        HttpResponse<byte[]> response = exchange(request, limit, BodyHandlers.ofByteArray());
        if (isLast || !RetryPolicy.isTransient(response.statusCode())) {
          return response;
        }
        policy.pause(failures, response, subject);
      } catch (IOException e) {
        if (isLast || (failures > 1 && isOutOfReach(e))) {
          throw unreachable(subject, request, e);
        }
        RetryPolicy.sleep(policy.pause(failures));
      }
    }
  }

  static HubException unreachable(String subject, Request request, IOException cause) {
    return new HubException(
        HubException.Reason.UNREACHABLE,
        "Cannot access %s: no usable answer from %s (%s); check the network and the proxy settings"
            .formatted(subject, Locations.withoutQuery(request.uri()), text(cause)),
        cause);
  }

  private static String text(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /// Sends a request once and follows redirects.
  ///
  /// @param stall time without progress after which the exchange counts as broken
  /// @param onSuccess takes the body of an answer with status 2xx
  HttpResponse<byte[]> exchange(Request request, Duration stall, BodyHandler<byte[]> onSuccess)
      throws IOException {
    URI target = request.uri();
    boolean authorized = request.authorized();
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      authorized &= Locations.isHub(target, endpoint);
      HttpResponse<byte[]> response = single(request, target, authorized, stall, onSuccess);
      hasAnswered = true;
      if (Locations.isHub(target, endpoint)) {
        response.headers().allValues("X-HF-Warning").forEach(this::warn);
      }
      Optional<String> location = response.headers().firstValue("Location");
      if (!isRedirect(response.statusCode()) || location.isEmpty()) {
        return response;
      }
      target = Locations.resolve(target, location.get());
    }
    throw new IOException("more than " + MOST_REDIRECTS + " redirects");
  }

  /// Shows what the Hub wants users to know, once.
  ///
  /// @param warning `topic; text`
  private void warn(String warning) {
    String text = ForeignText.visible(warning).strip();
    if (!text.isEmpty() && warnings.size() < MOST_WARNINGS && warnings.add(text)) {
      LOG.log(Level.WARNING, "The Hub says: {0}", text.replaceFirst("^[^;]*;\\s*", ""));
    }
  }

  private HttpResponse<byte[]> single(
      Request request,
      URI target,
      boolean authorized,
      Duration stall,
      BodyHandler<byte[]> onSuccess)
      throws IOException {
    Pulse pulse = new Pulse(leastSpeed);
    HttpRequest.Builder sent =
        HttpRequest.newBuilder(target).method(request.method(), pulse.watch(request.body()));
    addHeaders(sent, request, target, authorized);
    BodyHandler<byte[]> byStatus = info -> bodyOf(info, onSuccess);
    HttpResponse<byte[]> response =
        pulse.await(client.sendAsync(sent.build(), pulse.watch(byStatus)), stall);
    if (response.statusCode() == 407) {
      // Of a tunnel's refusal the JDK gives no body.
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Cannot access %s: the proxy wants a user and password, or others than those sent; set %s_PROXY to http://user:password@host:port"
              .formatted(Locations.withoutQuery(target), Ascii.toUpperCase(target.getScheme())));
    }
    return response;
  }

  /// @param authorized whether the token goes along
  private void addHeaders(
      HttpRequest.Builder sent, Request request, URI target, boolean authorized) {
    sent.header("User-Agent", userAgent)
        .header("Accept-Encoding", "identity")
        .header("X-Amzn-Trace-Id", UUID.randomUUID().toString());
    request.headers().forEach(sent::setHeader);
    if (authorized && token.isPresent()) {
      sent.setHeader("Authorization", "Bearer " + token.get());
    }
    // The JDK shows it to the proxy only.
    proxyAuthorization
        .apply(target)
        .ifPresent(value -> sent.setHeader("Proxy-Authorization", value));
  }

  private static BodySubscriber<byte[]> bodyOf(ResponseInfo info, BodyHandler<byte[]> onSuccess) {
    int status = info.statusCode();
    if (isRedirect(status)) {
      return BodySubscribers.replacing(NOTHING);
    }
    return status / 100 == 2 ? onSuccess.apply(info) : BodySubscribers.ofByteArray();
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }
}
