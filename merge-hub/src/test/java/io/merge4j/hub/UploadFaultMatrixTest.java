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
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every request of an upload, broken in every way: once, so that the upload must get over it, and
/// always, so that it must fail with a [HubException] that says where. In either case the next run
/// must succeed, and there must be one commit in the end, also where the Hub did what was asked and
/// only its answer was lost.
class UploadFaultMatrixTest {

  /// The requests of an upload.
  enum Step {
    CREATE("/api/repos/create"),
    REVISION("/revision/"),
    BRANCH("/branch/"),
    CARD("/api/validate-yaml"),
    PREUPLOAD("/preupload/"),
    BATCH("/objects/batch"),
    WHOLE("/s3/"),
    PART("partNumber=2"),
    COMPLETE("/api/complete_multipart"),
    VERIFY("/objects/verify"),
    COMMIT("/commit/");

    private final String text;

    Step(String text) {
      this.text = text;
    }

    boolean matches(Seen seen) {
      return seen.target().contains(text);
    }

    /// Whether the upload goes on by what the answer says.
    boolean isAnswered() {
      return this == CREATE || this == REVISION || this == PREUPLOAD || this == BATCH;
    }

    /// The branch to which the upload is to go.
    String branch() {
      return this == REVISION || this == BRANCH ? "dev" : "main";
    }

    boolean isAboutCommits() {
      return this == CREATE || this == COMMIT;
    }

    boolean isInParts() {
      return this == PART || this == COMPLETE;
    }

    boolean isStorage() {
      return this == WHOLE || isInParts();
    }
  }

  /// Faults that TLS would notice, and that nothing else can, or that only ranges can have.
  private static final Set<Fault> UNNOTICED =
      EnumSet.of(Fault.NONE, Fault.WRONG_BYTE, Fault.IGNORED_RANGE, Fault.WRONG_RANGE);

  /// Answers that are no answers: there is no second try.
  private static final Set<Fault> SENSELESS =
      EnumSet.of(
          Fault.SHORT_BODY,
          Fault.LONG_BODY,
          Fault.EMPTY_BODY,
          Fault.EMPTY_OBJECT,
          Fault.LOGIN_PAGE);

  private static final Map<String, byte[]> FILES =
      new TreeMap<>(
          Map.of(
              "README.md", Bytes.text("---\nlicense: mit\n---\n# Model\n"),
              "config.json", Bytes.text("{\"hidden_size\":8}"),
              "model.safetensors", Bytes.safetensors(9_000, 5)));

  private static final boolean[] BOTH = {true, false};
  private static final boolean[] NEW = {true};
  private static final byte[] OLD_CONFIG = Bytes.text("{}");

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
    Path model = Files.createDirectory(temporary.resolve("model"));
    for (Map.Entry<String, byte[]> file : FILES.entrySet()) {
      Files.write(model.resolve(file.getKey()), file.getValue());
    }
    List<Future<Void>> running = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(24)) {
      for (Step step : Step.values()) {
        for (Fault fault : EnumSet.complementOf(EnumSet.copyOf(UNNOTICED))) {
          for (boolean isNew : step.isAboutCommits() ? BOTH : NEW) {
            Callable<Void> task = () -> run(step, fault, times, isNew);
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

  private Void run(Step step, Fault fault, int times, boolean isNew) throws IOException {
    String name = "%s-%s-%s-%s".formatted(step, fault, times == 1 ? "once" : "always", isNew);
    try (LoopbackHub server = new LoopbackHub()) {
      server.uploads.chunkSize = step.isInParts() ? 4_000 : 0;
      if (!isNew) {
        Map<String, byte[]> old = Map.of("config.json", OLD_CONFIG);
        server.repo("me/m").commit("main", LoopbackHub.COMMIT_A, old);
      }
      server.hub.plan(step::matches, fault, times);
      server.cdn.plan(step::matches, fault, times);
      String failure = "";
      try {
        upload(server, step, times);
      } catch (HubException e) {
        failure = String.valueOf(e.getMessage());
        assertThat(e).as(name).hasMessageStartingWith("Cannot ").hasMessageContaining("me/m");
      } catch (RuntimeException e) {
        throw new AssertionError(name + ": " + e, e);
      }
      if (times == 1 && mustSucceed(step, fault)) {
        assertThat(failure).as(name).isEmpty();
      }
      server.hub.clearPlans();
      server.cdn.clearPlans();
      if (!failure.isEmpty() || step.isAboutCommits()) {
        upload(server, step, 1);
      }
      LoopbackHub.Repo repo = server.repos.get("me/m");
      assertThat(repo.commits).as(name).hasSize(isNew ? 1 : 2);
      Map<String, byte[]> published = repo.commits.get(repo.refs.get(step.branch()));
      assertThat(published.keySet()).as(name).isEqualTo(FILES.keySet());
      FILES.forEach((path, bytes) -> assertThat(published.get(path)).as(name).isEqualTo(bytes));
    } catch (HubException e) {
      throw new AssertionError(name + ", next run: " + e.getMessage(), e);
    }
    return null;
  }

  private static boolean mustSucceed(Step step, Fault fault) {
    return switch (fault) {
      case LONG_LIMIT, BAD_REQUEST -> false;
      // Storage says so when an address has expired.
      case FORBIDDEN -> step.isStorage() || step == Step.CARD;
      default -> !(step.isAnswered() && SENSELESS.contains(fault)) && !isLost(step, fault);
    };
  }

  /// Whether the server says that it has what it has not, or does not say what it has.
  private static boolean isLost(Step step, Fault fault) {
    return (step.isStorage() || step == Step.BRANCH) && fault == Fault.LOGIN_PAGE;
  }

  private void upload(LoopbackHub server, Step step, int times) {
    new HubBuilder(new Environment(Map.of(), temporary.resolve("home")))
        .endpoint(URI.create(server.hub.url()))
        .cache(temporary.resolve("cache"))
        .token(LoopbackHub.TOKEN)
        .metadataTimeout(Duration.ofMillis(times == 1 ? 800 : 50))
        .retries(times == 1 ? 3 : 1, Duration.ofMillis(5))
        .build()
        .upload(
            temporary.resolve("model"),
            RepoId.of("me/m"),
            UploadOptions.standard().revision(step.branch()));
  }
}
