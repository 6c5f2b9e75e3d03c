// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Takes the body of an answer buffer by buffer to where it belongs, without keeping it.
///
/// When the place refuses a buffer, the transfer is broken off and fails with the place's reason.
final class PartBody implements BodySubscriber<byte[]> {

  /// A place for a body.
  @FunctionalInterface
  interface Place {
    /// Takes the next bytes.
    ///
    /// @return whether more are wanted; the transfer ends well if not
    boolean take(ByteBuffer bytes) throws IOException;
  }

  private static final byte[] NOTHING = {};

  private final Place place;
  private final CompletableFuture<byte[]> end = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;

  PartBody(Place place) {
    this.place = place;
  }

  /// A body that nobody wants, and the reason.
  static PartBody failed(IOException reason) {
    PartBody body = new PartBody(bytes -> false);
    body.end.completeExceptionally(reason);
    return body;
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return end;
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    if (end.isDone()) {
      newSubscription.cancel();
    } else {
      newSubscription.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    if (end.isDone()) {
      return;
    }
    try {
      for (ByteBuffer buffer : buffers) {
        if (!place.take(buffer)) {
          stop().complete(NOTHING);
          return;
        }
      }
    } catch (IOException | RuntimeException e) {
      stop().completeExceptionally(e);
    }
  }

  private CompletableFuture<byte[]> stop() {
    requireNonNull(subscription).cancel();
    return end;
  }

  @Override
  public void onError(Throwable failure) {
    end.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    end.complete(NOTHING);
  }
}
