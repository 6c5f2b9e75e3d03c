// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.lang.System.Logger.Level;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How often to try again, and after what wait.
///
/// *Source:* huggingface_hub 1.33.0 `http_backoff`: five retries after 1, 2, 4, 8 and 8 s, or after
/// what a `RateLimit` or `Retry-After` header asks for.
///
/// @param retries attempts after the first one
/// @param unit the first wait
/// @param longest the longest wait that a server may ask for
record RetryPolicy(int retries, Duration unit, Duration longest) {

  /// Rate limits of the Hub end after five minutes at most.
  static final RetryPolicy STANDARD =
      new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofMinutes(6));

  private static final System.Logger LOG = System.getLogger(RetryPolicy.class.getName());

  /// Waits from this on are told of.
  private static final Duration NOTICE = Duration.ofSeconds(5);

  private static final int LAST_DOUBLING = 3;
  private static final Pattern RESET = Pattern.compile("(?:^|;)\\s*t=(\\d{1,9})");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

  /// The same waits, but no second attempt.
  RetryPolicy once() {
    return new RetryPolicy(0, unit, longest);
  }

  /// Wait before the next attempt after `failures` failures in a row, the first being 1.
  Duration pause(int failures) {
    return unit.multipliedBy(1L << Math.min(failures - 1, LAST_DOUBLING));
  }

  /// Wait that the answer asks for, if it does.
  static OptionalLong secondsAsked(HttpResponse<?> response) {
    if (response.statusCode() == 429) {
      Matcher reset = RESET.matcher(response.headers().firstValue("RateLimit").orElse(""));
      if (reset.find()) {
        return OptionalLong.of(Long.parseLong(reset.group(1)) + 1);
      }
    }
    String after = response.headers().firstValue("Retry-After").orElse("").strip();
    return SECONDS.matcher(after).matches()
        ? OptionalLong.of(Long.parseLong(after) + 1)
        : OptionalLong.empty();
  }

  /// Whether the status may be another one next time.
  static boolean isTransient(int status) {
    return switch (status) {
      case 408, 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }

  /// Sleeps for as long as the answer asks, else for as long as the number of failures suggests.
  ///
  /// @throws HubException if the server asks for more than the longest wait
  void pause(int failures, HttpResponse<?> response, String subject) {
    OptionalLong asked = secondsAsked(response);
    Duration wait = asked.isPresent() ? Duration.ofSeconds(asked.getAsLong()) : pause(failures);
    if (asked.isPresent() && wait.compareTo(longest) > 0) {
      throw new HubException(
          HubException.Reason.RATE_LIMITED,
          "Cannot access %s: the server allows the next request in %d s only; try again then"
              .formatted(subject, wait.toSeconds()));
    }
    if (wait.compareTo(NOTICE) >= 0) {
      LOG.log(
          Level.INFO,
          "Waiting {0} s for {1}: the server answered with status {2}",
          wait.toSeconds(),
          subject,
          response.statusCode());
    }
    sleep(wait);
  }

  static void sleep(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static HubException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new HubException(HubException.Reason.INTERRUPTED, "Interrupted", e);
  }
}
