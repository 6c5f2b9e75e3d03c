// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.RangeAttempt.MismatchException;
import io.merge4j.hub.RangeAttempt.RangeIgnoredException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The content of one remote file, to be read in stretches.
///
/// The address to which the Hub redirects is kept until it refuses a stretch: signed addresses
/// expire.
final class FileSource {

  /// How an attempt ended: with an answer or with a failure.
  record Outcome(@Nullable HttpResponse<byte[]> response, @Nullable IOException failure) {

    boolean isRangeIgnored() {
      return failure instanceof RangeIgnoredException;
    }
  }

  private static final long LEAST_PROGRESS = 256 << 10;
  private static final int LEAST_SHARE = 16;

  private final HubContext hub;
  private final Subject subject;
  private final URI source;
  private volatile @Nullable URI location;

  FileSource(HubContext hub, RepoId repo, String commit, String path) {
    this.hub = hub;
    this.subject = new Subject(repo, commit, path);
    this.source = hub.resolveUrl(repo, commit, path);
  }

  Subject subject() {
    return subject;
  }

  /// Makes attempts until nothing is missing, each going on where the last one broke off.
  ///
  /// @param wanted bytes of the whole stretch
  /// @param missing bytes of it that are still to come
  /// @param attempt goes on with what is missing, by [#attempt]
  /// @return false if the server ignores byte ranges, so that the stretch can't be had alone
  /// @throws HubException after as many failures in a row as the retry policy allows
  boolean transfer(long wanted, LongSupplier missing, Supplier<Outcome> attempt) {
    int failures = 0;
    long left = missing.getAsLong();
    while (left > 0) {
      Outcome outcome = attempt.get();
      if (outcome.isRangeIgnored()) {
        return false;
      }
      long before = left;
      left = missing.getAsLong();
      failures = isProgress(before - left, wanted) ? 1 : failures + 1;
      if (left > 0) {
        recover(outcome, failures);
      }
    }
    return true;
  }

  /// Whether an attempt brought enough to go on for its sake alone. A server that sends a few bytes
  /// at a time would otherwise keep a download busy for ever.
  private static boolean isProgress(long gained, long wanted) {
    return gained > 0 && gained >= Math.min(LEAST_PROGRESS, wanted / LEAST_SHARE);
  }

  /// Makes one attempt, and closes it.
  Outcome attempt(RangeAttempt attempt) {
    try (attempt) {
      URI known = location;
      Request request = attempt.of(Request.get(known == null ? source : known));
      HttpResponse<byte[]> response =
          hub.transport()
              .exchange(
                  request.header("X-HF-Download-Counter", "1"),
                  hub.stallTimeout(),
                  attempt.handler());
      boolean isElsewhere = !Locations.isHub(response.uri(), hub.endpoint());
      location = isElsewhere && response.statusCode() / 100 == 2 ? response.uri() : null;
      return new Outcome(response, null);
    } catch (IOException e) {
      location = null;
      return new Outcome(null, e);
    }
  }

  /// Waits before the next attempt.
  ///
  /// @param failures failures in a row without progress, this one included
  /// @throws HubException if there is to be no other attempt
  private void recover(Outcome outcome, int failures) {
    RetryPolicy retry = hub.transport().retry();
    HttpResponse<byte[]> response = outcome.response();
    if (response != null && response.statusCode() >= 300) {
      // What a storage host refuses, the Hub may grant at a new address.
      boolean isFinal =
          Locations.isHub(response.uri(), hub.endpoint())
              && !RetryPolicy.isTransient(response.statusCode());
      if (isFinal || failures > retry.retries()) {
        throw hub.errors().of(response, subject);
      }
      retry.pause(failures, response, subject.toString());
      return;
    }
    if (failures > retry.retries()) {
      IOException failure = outcome.failure();
      throw giveUp(failure == null ? new IOException("the body ended too early") : failure);
    }
    RetryPolicy.sleep(retry.pause(failures));
  }

  private HubException giveUp(IOException failure) {
    return failure instanceof MismatchException
        ? new HubException(
            Reason.CORRUPT, "Cannot download " + subject + ": " + failure.getMessage(), failure)
        : Transport.unreachable(subject.toString(), Request.get(source), failure);
  }
}
