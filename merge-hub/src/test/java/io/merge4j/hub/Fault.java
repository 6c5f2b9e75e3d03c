// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.hub.HttpPort.Seen;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// A way in which an answer can go wrong.
enum Fault {
  NONE,
  /// The connection is closed before the server has acted.
  UNSEEN,
  /// The connection is closed instead of an answer.
  NO_ANSWER,
  /// Neither an answer nor an end.
  SILENCE,
  /// Bytes that are not HTTP.
  GARBAGE,
  /// The connection is closed in the middle of the headers.
  CUT_HEADERS,
  /// The connection is closed in the middle of the body.
  CUT_BODY,
  /// The connection is closed after a few bytes of the body.
  DRIP,
  /// The body stops in the middle, the connection stays open.
  STALLED_BODY,
  /// A body of the right length with a wrong byte.
  WRONG_BYTE,
  /// A shorter body, announced as such.
  SHORT_BODY,
  /// A longer body, announced as such.
  LONG_BODY,
  /// Success without a body.
  EMPTY_BODY,
  /// The whole file although a range was asked for.
  IGNORED_RANGE,
  /// Another range than was asked for.
  WRONG_RANGE,
  /// A redirect in a circle.
  REDIRECT_LOOP,
  /// Too many requests, with the time to wait.
  TOO_MANY,
  /// As [#TOO_MANY], in the newer header.
  RATE_LIMIT,
  /// Too many requests, for an hour and more.
  LONG_LIMIT,
  /// As a storage host refuses an address whose signature has expired.
  FORBIDDEN,
  /// Success that says nothing: `{}`. For answers in JSON.
  EMPTY_OBJECT,
  /// Success with a page for people, as networks that want a login send it.
  LOGIN_PAGE,
  /// The request is wrong, as the Hub says it.
  BAD_REQUEST,
  TIMEOUT_408,
  ERROR_500,
  ERROR_502,
  ERROR_503,
  ERROR_504;

  /// Whether the server acts on the request; if not, it does no more than answer.
  boolean isHandled() {
    return switch (this) {
      case UNSEEN,
          REDIRECT_LOOP,
          TOO_MANY,
          RATE_LIMIT,
          LONG_LIMIT,
          FORBIDDEN,
          LOGIN_PAGE,
          BAD_REQUEST,
          TIMEOUT_408,
          ERROR_503 ->
          false;
      default -> true;
    };
  }

  /// The request as the server takes it.
  Seen change(Seen request) {
    if (this != IGNORED_RANGE) {
      return request;
    }
    Map<String, String> headers = new TreeMap<>(request.headers());
    headers.remove("range");
    return new Seen(request.method(), request.target(), headers, request.body());
  }

  Answer change(Answer answer, Seen request) {
    byte[] body = answer.body();
    return switch (this) {
      case WRONG_BYTE -> answer.body(flipped(body));
      case SHORT_BODY -> answer.body(Arrays.copyOf(body, body.length / 2));
      case LONG_BODY -> answer.body(Arrays.copyOf(body, body.length + 7));
      case EMPTY_BODY -> answer.body(new byte[0]);
      case WRONG_RANGE ->
          answer.headers().containsKey("Content-Range")
              ? answer.with("Content-Range", "bytes 1-2/3")
              : answer;
      case REDIRECT_LOOP -> Answer.of(302, "").with("Location", request.target());
      case TOO_MANY -> Answer.of(429, "slow down").with("Retry-After", "0");
      case RATE_LIMIT -> Answer.of(429, "").with("RateLimit", "\"api\";r=0;t=0");
      case LONG_LIMIT -> Answer.of(429, "").with("Retry-After", "5000");
      case FORBIDDEN -> Answer.of(403, "<Error><Code>AccessDenied</Code></Error>");
      case EMPTY_OBJECT -> answer.body("{}".getBytes(StandardCharsets.US_ASCII));
      case LOGIN_PAGE -> Answer.of(200, "<html>Please log in</html>");
      case BAD_REQUEST -> Answer.of(400, "{\"error\":\"That makes no sense\"}");
      case TIMEOUT_408 -> Answer.of(408, "");
      case ERROR_500 -> Answer.of(500, "{\"error\":\"Internal error\"}");
      case ERROR_502 -> Answer.of(502, "<html>Bad gateway</html>");
      case ERROR_503 -> Answer.of(503, "");
      case ERROR_504 -> Answer.of(504, "");
      default -> answer;
    };
  }

  private static byte[] flipped(byte[] body) {
    byte[] copy = body.clone();
    if (copy.length > 0) {
      copy[copy.length / 2] ^= 1;
    }
    return copy;
  }

  /// Writes an answer.
  ///
  /// @return whether the connection can be used for the next request
  boolean write(OutputStream out, boolean isHead, Answer answer, int bytesPerSecond)
      throws IOException {
    switch (this) {
      case UNSEEN, NO_ANSWER -> {
        return false;
      }
      case SILENCE -> pause(60_000);
      case GARBAGE -> {
        out.write("I am a teapot\n\n".getBytes(StandardCharsets.US_ASCII));
        return false;
      }
      default -> {}
    }
    byte[] body = answer.body();
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " Status\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    for (Map.Entry<String, String> header : answer.headers().entrySet()) {
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    if (this == CUT_HEADERS) {
      out.write(bytes, 0, bytes.length / 2);
      return false;
    }
    out.write(bytes);
    if (isHead) {
      return true;
    }
    boolean isBroken = this == CUT_BODY || this == DRIP || this == STALLED_BODY;
    int sent = this == DRIP ? Math.min(20, body.length / 2) : body.length / 2;
    writeBody(out, isBroken ? Arrays.copyOf(body, sent) : body, bytesPerSecond);
    if (this == STALLED_BODY) {
      pause(60_000);
    }
    return !isBroken;
  }

  private static void writeBody(OutputStream out, byte[] body, int bytesPerSecond)
      throws IOException {
    int step = Math.max(1, bytesPerSecond / 50);
    for (int at = 0; at < body.length; at += step) {
      out.write(body, at, Math.min(step, body.length - at));
      out.flush();
      if (bytesPerSecond < Integer.MAX_VALUE) {
        pause(20);
      }
    }
    out.flush();
  }

  private static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
