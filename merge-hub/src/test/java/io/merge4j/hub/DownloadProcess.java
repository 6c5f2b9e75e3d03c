// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/// Downloads a model, as a program of its own: endpoint, cache, reference.
final class DownloadProcess {

  private DownloadProcess() {}

  public static void main(String[] args) {
    new HubBuilder(new Environment(Map.of(), Path.of("")))
        .endpoint(URI.create(args[0]))
        .cache(Path.of(args[1]))
        .partSize(64 << 10)
        .build()
        .download(args[2]);
  }
}
