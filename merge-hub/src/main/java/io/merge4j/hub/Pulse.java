// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Watches one exchange, and gives it up when nothing arrives for too long, or next to nothing.
///
/// The HTTP client's own time limit ends with the headers; a body may stall or trickle for ever.
final class Pulse {

  /// Times without a byte that are let pass before the speed counts.
  static final int WINDOW = 6;

  /// Bytes that went to and fro; the headers count as one.
  private final AtomicLong moved = new AtomicLong();

  private final long leastSpeed;
  private volatile Flow.@Nullable Subscription subscription;

  /// @param leastSpeed bytes per second, of the [#WINDOW], below which the exchange counts as
  ///   broken
  Pulse(long leastSpeed) {
    this.leastSpeed = leastSpeed;
  }

  /// The same handler, its progress seen.
  <T> BodyHandler<T> watch(BodyHandler<T> handler) {
    return info -> {
      moved.incrementAndGet();
      return new Watched<>(handler.apply(info));
    };
  }

  /// The same body, its progress seen.
  BodyPublisher watch(BodyPublisher body) {
    return body.contentLength() <= 0
        ? body
        : BodyPublishers.fromPublisher(
            subscriber -> body.subscribe(new Sending(subscriber)), body.contentLength());
  }

  /// Waits for the end of the exchange.
  ///
  /// @param stall time without progress after which the exchange counts as broken
  <T> T await(CompletableFuture<T> exchange, Duration stall) throws IOException {
    long atStart = 0;
    for (int waits = 1; ; waits++) {
      long seen = moved.get();
      try {
        return exchange.get(stall.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (moved.get() == seen) {
          abort(exchange);
          throw new HttpTimeoutException("nothing received for " + stall.toMillis() + " ms");
        }
        if (waits % WINDOW == 0) {
          requireSpeed(exchange, moved.get() - atStart, stall.multipliedBy(WINDOW));
          atStart = moved.get();
        }
      } catch (InterruptedException e) {
        abort(exchange);
        throw RetryPolicy.interrupted(e);
      } catch (ExecutionException e) {
        abort(exchange);
        throw failure(e.getCause());
      }
    }
  }

  private void requireSpeed(CompletableFuture<?> exchange, long bytes, Duration window)
      throws HttpTimeoutException {
    if (bytes * 1000.0 / window.toMillis() < leastSpeed) {
      abort(exchange);
      throw new HttpTimeoutException(
          "only %,d bytes in %d ms, expected %,d a second"
              .formatted(bytes, window.toMillis(), leastSpeed));
    }
  }

  private void abort(CompletableFuture<?> exchange) {
    exchange.cancel(true);
    Flow.Subscription current = subscription;
    if (current != null) {
      current.cancel();
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HubException e -> throw e;
      case IOException e -> e;
      case null -> new IOException("the exchange failed");
      case Error e -> throw e;
      default -> new IOException(String.valueOf(cause.getMessage()), cause);
    };
  }

  private final class Watched<T> implements BodySubscriber<T> {
    private final BodySubscriber<T> target;

    Watched(BodySubscriber<T> target) {
      this.target = target;
    }

    @Override
    public CompletionStage<T> getBody() {
      return target.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      subscription = newSubscription;
      target.onSubscribe(newSubscription);
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
      item.forEach(bytes -> moved.addAndGet(bytes.remaining()));
      target.onNext(item);
    }

    @Override
    public void onError(Throwable throwable) {
      target.onError(throwable);
    }

    @Override
    public void onComplete() {
      target.onComplete();
    }
  }

  private final class Sending implements Flow.Subscriber<ByteBuffer> {
    private final Flow.Subscriber<? super ByteBuffer> target;

    Sending(Flow.Subscriber<? super ByteBuffer> target) {
      this.target = target;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      target.onSubscribe(newSubscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      moved.addAndGet(item.remaining());
      target.onNext(item);
    }

    @Override
    public void onError(Throwable throwable) {
      target.onError(throwable);
    }

    @Override
    public void onComplete() {
      target.onComplete();
    }
  }
}
