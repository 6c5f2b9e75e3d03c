// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.hub.HttpPort.Seen;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every request of a download, broken in every way: once, so that the download must get over it,
/// and always, so that it must fail with a [HubException]. In either case nothing half-written may
/// be visible, and the next run must succeed.
class FaultMatrixTest {

  /// The requests of a download.
  enum Step {
    REVISION("/revision/"),
    TREE("/tree/"),
    SMALL_FILE("/config.json"),
    REDIRECT_TO_STORAGE("/model.safetensors"),
    FIRST_PART("/cdn/"),
    LATER_PART("/cdn/");

    private final String text;

    Step(String text) {
      this.text = text;
    }

    boolean matches(Seen seen) {
      boolean isFirst = seen.headers().getOrDefault("range", "").startsWith("bytes=0-");
      return seen.target().contains(text)
          && (this != FIRST_PART || isFirst)
          && (this != LATER_PART || !isFirst);
    }

    boolean isListing() {
      return this == REVISION || this == TREE;
    }
  }

  /// Faults of a listing that TLS would notice, and that nothing else can.
  private static final Set<Fault> UNNOTICED = EnumSet.of(Fault.WRONG_BYTE, Fault.LONG_BODY);

  /// Faults that an honest server does not commit now and then: there is no second try.
  private static final Set<Fault> FATAL_IN_LISTINGS =
      EnumSet.of(Fault.SHORT_BODY, Fault.EMPTY_BODY, Fault.EMPTY_OBJECT, Fault.LOGIN_PAGE);

  @TempDir Path temporary;

  @Test
  void survives_any_single_fault() throws Exception {
    runAll(1);
  }

  @Test
  void fails_cleanly_on_any_lasting_fault() throws Exception {
    runAll(Integer.MAX_VALUE);
  }

  private void runAll(int times) throws Exception {
    List<Future<Void>> running = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(6)) {
      for (Step step : Step.values()) {
        for (Fault fault : Fault.values()) {
          if (step.isListing() ? !UNNOTICED.contains(fault) : fault != Fault.EMPTY_OBJECT) {
            Callable<Void> task = () -> run(step, fault, times);
            running.add(executor.submit(task));
          }
        }
      }
    }
    List<String> failures = new ArrayList<>();
    for (Future<Void> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        failures.add(String.valueOf(e.getCause()));
      }
    }
    assertThat(failures).isEmpty();
  }

  private Void run(Step step, Fault fault, int times) throws IOException {
    String name = step + "-" + fault;
    Path cache = Files.createDirectories(temporary.resolve(name + times)).resolve("cache");
    Map<String, byte[]> files = Bytes.smallModel();
    try (LoopbackHub server = new LoopbackHub()) {
      server.repo("org/model").commit("main", LoopbackHub.COMMIT_A, files);
      Predicate<Seen> when = step::matches;
      server.hub.plan(when, fault, times);
      server.cdn.plan(when, fault, times);
      boolean mustSucceed =
          times == 1
              && fault != Fault.LONG_LIMIT
              && fault != Fault.FORBIDDEN
              && fault != Fault.BAD_REQUEST
              && !(step.isListing() && FATAL_IN_LISTINGS.contains(fault));
      try {
        hub(server, cache, times).download("org/model");
      } catch (HubException e) {
        assertThat(mustSucceed).as(name + " failed: " + e.getMessage()).isFalse();
        assertThat(e).as(name).hasMessageStartingWith("Cannot ").hasMessageContaining("org/model");
      } catch (RuntimeException e) {
        throw new AssertionError(name, e);
      }
      assertNothingHalf(name, cache, files);
      server.hub.clearPlans();
      server.cdn.clearPlans();
      Path snapshot = hub(server, cache, 1).download("org/model");
      for (String file : List.of("config.json", "README.md", "model.safetensors")) {
        assertThat(snapshot.resolve(file)).as(name).hasBinaryContent(files.get(file));
      }
      assertNothingHalf(name, cache, files);
    } catch (HubException e) {
      throw new AssertionError(name + ", next run", e);
    }
    return null;
  }

  /// Patient if the download has to get over a fault, so that a busy machine does not fail the
  /// test.
  private Hub hub(LoopbackHub server, Path cache, int times) {
    Duration timeout = Duration.ofMillis(times == 1 ? 3000 : 200);
    return new HubBuilder(new Environment(Map.of(), temporary))
        .endpoint(URI.create(server.hub.url()))
        .cache(cache)
        .metadataTimeout(timeout)
        .stallTimeout(timeout)
        .partSize(64 << 10)
        .retries(times == 1 ? 3 : 1, Duration.ofMillis(5))
        .build();
  }

  private static void assertNothingHalf(String name, Path cache, Map<String, byte[]> files)
      throws IOException {
    Path snapshot = cache.resolve("models--org--model/snapshots/" + LoopbackHub.COMMIT_A);
    if (Files.exists(snapshot)) {
      try (Stream<Path> walk = Files.walk(snapshot)) {
        for (Path file : walk.filter(path -> !Files.isDirectory(path)).toList()) {
          String path = snapshot.relativize(file).toString();
          assertThat(file).as(name).hasBinaryContent(files.get(path));
        }
      }
    }
  }
}
