// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// An HTTP/1.1 server on a loopback port that can also misbehave: over a plain socket, since a
/// server library would not let a test cut a connection in the middle of a body.
@SuppressWarnings("ArrayRecordComponent")
final class HttpPort implements AutoCloseable {

  /// A request as it arrived; header names in lower case.
  record Seen(String method, String target, Map<String, String> headers, byte[] body) {

    String path() {
      return target.replaceFirst("\\?.*", "");
    }

    boolean hasQuery(String text) {
      return target.contains("?") && target.substring(target.indexOf('?')).contains(text);
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      String range = headers.containsKey("range") ? " " + headers.get("range") : "";
      return method + " " + target + range;
    }
  }

  /// An answer; for HEAD the body is not sent but counts in the length.
  record Answer(int status, Map<String, String> headers, byte[] body) {

    static Answer of(int status, String body) {
      return new Answer(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    Answer with(String name, String value) {
      Map<String, String> all = new TreeMap<>(headers);
      all.put(name, value);
      return new Answer(status, all, body);
    }

    Answer status(int newStatus) {
      return new Answer(newStatus, headers, body);
    }

    Answer body(byte[] newBody) {
      return new Answer(status, headers, newBody);
    }
  }

  private record Planned(Predicate<Seen> when, Fault fault, int[] left) {}

  private final ServerSocket socket;
  private final Function<Seen, Answer> handler;
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final List<Planned> planned = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile int bytesPerSecond = Integer.MAX_VALUE;
  private volatile UnaryOperator<Answer> tampering = UnaryOperator.identity();

  HttpPort(int port, Function<Seen, Answer> handler) throws IOException {
    this.socket = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
    this.handler = handler;
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  /// All requests so far.
  List<Seen> seen() {
    return seen;
  }

  void forget() {
    seen.clear();
  }

  /// Breaks the next `times` requests that match.
  void plan(Predicate<Seen> when, Fault fault, int times) {
    planned.add(new Planned(when, fault, new int[] {times}));
  }

  /// Passes every answer through a function.
  void tamper(UnaryOperator<Answer> newTampering) {
    tampering = newTampering;
  }

  void clearPlans() {
    planned.clear();
  }

  void speed(int newBytesPerSecond) {
    bytesPerSecond = newBytesPerSecond;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        open.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      InputStream in = new BufferedInputStream(connection.getInputStream());
      OutputStream out = connection.getOutputStream();
      for (Seen request = read(in); request != null; request = read(in)) {
        seen.add(request);
        Fault fault = faultFor(request);
        Answer truth =
            fault.isHandled() ? handler.apply(fault.change(request)) : Answer.of(200, "");
        Answer honest = fault.change(truth, request);
        Answer answer = tampering.apply(honest);
        if (!fault.write(out, request.method().equals("HEAD"), answer, bytesPerSecond)) {
          return;
        }
      }
    } catch (IOException e) {
      // The client went away.
    } finally {
      open.remove(connection);
    }
  }

  private synchronized Fault faultFor(Seen request) {
    for (Planned plan : planned) {
      if (plan.left()[0] > 0 && plan.when().test(request)) {
        plan.left()[0]--;
        return plan.fault();
      }
    }
    return Fault.NONE;
  }

  private static Seen read(InputStream in) throws IOException {
    String line = readLine(in);
    if (line == null || line.isEmpty()) {
      return null;
    }
    Iterator<String> parts = Arrays.asList(line.split(" ")).iterator();
    String method = parts.next();
    String target = parts.next();
    Map<String, String> headers = new TreeMap<>();
    for (String header = readLine(in); header != null && !header.isEmpty(); header = readLine(in)) {
      int colon = header.indexOf(':');
      String name = header.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.put(name, header.substring(colon + 1).strip());
    }
    return new Seen(method, target, headers, readBody(in, headers));
  }

  private static byte[] readBody(InputStream in, Map<String, String> headers) throws IOException {
    if (!headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      return in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = Integer.parseInt(readLine(in), 16);
        size > 0;
        size = Integer.parseInt(readLine(in), 16)) {
      body.write(in.readNBytes(size));
      readLine(in);
    }
    readLine(in);
    return body.toByteArray();
  }

  private static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return null;
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket connection : open) {
      connection.close();
    }
  }
}
