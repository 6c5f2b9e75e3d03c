// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One request for a stretch of a file, and the check that the answer is that stretch.
///
/// Once closed it takes no more bytes, so that what is left of a broken transfer can't mix with the
/// next one.
final class RangeAttempt implements AutoCloseable {

  /// The server answered with the whole file.
  static final class RangeIgnoredException extends IOException {
    private static final long serialVersionUID = 1L;

    RangeIgnoredException() {
      super("the server ignores byte ranges");
    }
  }

  /// The answer does not fit what the repository lists.
  static final class MismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    MismatchException(String message) {
      super(message);
    }
  }

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  private final long from;
  private final long to;
  private final long size;
  private final PartBody.Place place;
  private boolean isClosed;

  /// @param from first byte wanted
  /// @param to end of the stretch, exclusive
  /// @param size length of the file
  RangeAttempt(long from, long to, long size, PartBody.Place place) {
    this.from = from;
    this.to = to;
    this.size = size;
    this.place = place;
  }

  /// The request with its range, if it is not for the whole file.
  Request of(Request whole) {
    return isWhole() ? whole : whole.range(from, to);
  }

  private boolean isWhole() {
    return from == 0 && to == size;
  }

  BodyHandler<byte[]> handler() {
    return info -> {
      try {
        check(info);
        return new PartBody(this::take);
      } catch (IOException e) {
        return PartBody.failed(e);
      }
    };
  }

  private void check(ResponseInfo info) throws IOException {
    if (info.statusCode() != 206) {
      OptionalLong length = info.headers().firstValueAsLong("Content-Length");
      if (length.isPresent() && length.getAsLong() != size) {
        throw new MismatchException(
            "the server announces " + length.getAsLong() + " bytes, expected " + size);
      }
      if (!isWhole()) {
        throw new RangeIgnoredException();
      }
      return;
    }
    String range = info.headers().firstValue("Content-Range").orElse("");
    Matcher matcher = CONTENT_RANGE.matcher(range);
    boolean fits =
        matcher.matches()
            && Long.parseLong(matcher.group(1)) == from
            && Long.parseLong(matcher.group(2)) == to - 1
            && (matcher.group(3).equals("*") || Long.parseLong(matcher.group(3)) == size);
    if (!fits) {
      throw new MismatchException(
          "the server sends \"%s\", expected \"bytes %d-%d/%d\""
              .formatted(range, from, to - 1, size));
    }
  }

  private synchronized boolean take(ByteBuffer bytes) throws IOException {
    return !isClosed && place.take(bytes);
  }

  @Override
  public synchronized void close() {
    isClosed = true;
  }
}
