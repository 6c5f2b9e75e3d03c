// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Several downloads of one model at once, in one process or in several.
class HubProcessesTest extends HubFixture {

  @Test
  void two_downloads_of_the_same_model_share_the_work() throws Exception {
    server.cdn.speed(2_000_000);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Path>> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        running.add(executor.submit(() -> hub().download(MODEL)));
      }
      for (Future<Path> one : running) {
        assertSnapshot(one.get());
      }
    }
    assertThat(server.cdn.seen()).hasSize(5);
  }

  @Test
  void two_processes_may_download_the_same_model() throws Exception {
    server.cdn.speed(1_000_000);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(process());
    }
    for (Process process : processes) {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
    assertSnapshot(folder().resolve("snapshots/" + COMMIT));
  }

  @Test
  void killed_process_is_continued_by_another() throws Exception {
    server.cdn.speed(100_000);
    Process process = process();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (PartialFile.arrived(blob(), journal(), weights.length) < 50_000
        && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    process.destroyForcibly().waitFor();
    long arrived = PartialFile.arrived(blob(), journal(), weights.length);
    assertThat(arrived).isPositive();
    assertNothingHalf();
    server.cdn.speed(Integer.MAX_VALUE);
    server.cdn.forget();
    List<Long> missing = new ArrayList<>();
    hub()
        .download(
            MODEL,
            new DownloadListener() {
              @Override
              public void started(ImmutableList<RepositoryFile> all, long bytes, long left) {
                missing.add(bytes - left);
              }
            });
    assertSnapshot(folder().resolve("snapshots/" + COMMIT));
    assertThat(missing.getFirst()).isGreaterThanOrEqualTo(arrived);
  }

  private Process process() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath(),
            DownloadProcess.class.getName(),
            server.hub.url(),
            cache.toString(),
            MODEL)
        .inheritIO()
        .start();
  }
}
