// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A proxy on a loopback port that makes tunnels (`CONNECT`), to those only who show what it wants
/// to see.
final class TunnelProxy implements AutoCloseable {

  private final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final String wanted;

  /// @param wanted what a request must hold
  TunnelProxy(String wanted) throws IOException {
    this.wanted = wanted;
    Thread.ofVirtual().start(this::accept);
  }

  /// Host and port.
  String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /// Everything that clients said to the proxy itself, a request each.
  List<String> seen() {
    return seen;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      StringBuilder request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0) {
        int next = client.getInputStream().read();
        if (next < 0) {
          return;
        }
        request.append((char) next);
      }
      seen.add(request.toString());
      if (request.indexOf(wanted) < 0) {
        say(
            client,
            "407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0");
        return;
      }
      int port =
          Integer.parseInt(request.toString().replaceFirst("(?s)CONNECT .*?:(\\d+) .*", "$1"));
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
        say(client, "200 Here you go");
        Thread back = Thread.ofVirtual().start(() -> pump(server, client));
        pump(client, server);
        back.join();
      }
    } catch (IOException | InterruptedException e) {
      // One side went away.
    }
  }

  private static void say(Socket client, String answer) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write(("HTTP/1.1 " + answer + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static void pump(Socket from, Socket to) {
    try (InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // The other side sees the end.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
