// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static io.merge4j.safetensors.Directories.digests;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Merges beside each other, and merges that end before they are done: nothing of them is left.
class ConcurrentMergesTest extends TwoModelsFixture {

  private static final int MERGES = 8;
  private static final Output OUTPUT = Output.DEFAULT.sync(false).threads(3).shardSize(1000);

  @AfterEach
  void leave_nothing_behind() throws IOException {
    Stopping.never(0);
    LeftBehind.assertNothing(directory);
  }

  /// The same merge in a JVM of its own, slowly.
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Stopping.never(200);
      Stopping.at(3, () -> System.out.println("running"));
      Merger.using(new Stopping(), Path.of(args[0]), Path.of(args[1]))
          .writeTo(Path.of(args[2]), OUTPUT);
    }
  }

  @Test
  void a_second_process_is_refused_until_the_first_has_died() throws Exception {
    Process first = ChildJvm.start(Program.class, List.of("-Xmx128m"), a, b, out);
    try (var printed = first.inputReader()) {
      String line = printed.readLine();
      while (line != null && !line.equals("running")) {
        line = printed.readLine();
      }
      assertThat(line).isEqualTo("running");
      Merge merge = Merger.using(new Stopping(), a, b);
      assertThat(catchThrowableOfType(MergeException.class, () -> merge.writeTo(out, OUTPUT)))
          .hasMessageContaining(out.toString())
          .hasMessageContaining("another merge");
      first.destroyForcibly().waitFor();
      merge.writeTo(out, OUTPUT);
      assertHolds(directory, "a", "b", "out");
    } finally {
      first.destroyForcibly();
    }
  }

  @Test
  void refusing_one_merge_does_not_let_in_another_process() throws Exception {
    List<Integer> statuses = new ArrayList<>();
    Stopping.at(
        3,
        () -> {
          Merge second = Merger.slerp(a, b).t(0.5);
          assertThat(catchThrowableOfType(MergeException.class, () -> second.writeTo(out, OUTPUT)))
              .hasMessageContaining("another merge");
          statuses.add(statusOfAnotherProcess());
        });
    Merger.using(new Stopping(), a, b).writeTo(out, OUTPUT.threads(1));
    assertThat(statuses).containsExactly(1);
    assertHolds(directory, "a", "b", "out");
  }

  private int statusOfAnotherProcess() {
    try {
      return ChildJvm.start(Program.class, List.of("-Xmx128m"), a, b, out).waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_output_that_came_into_being_meanwhile_is_not_replaced() throws IOException {
    Path note = out.resolve("note.txt");
    Stopping.at(
        3,
        () -> {
          try {
            Files.createDirectories(out);
            Files.writeString(note, "mine");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    Merge merge = Merger.using(new Stopping(), a, b);
    assertThat(catchThrowableOfType(MergeException.class, () -> merge.writeTo(out, OUTPUT)))
        .hasMessageContaining("came into being");
    assertThat(note).hasContent("mine");
    Stopping.never(0);
    Files.move(note, out.resolve("config.json"));
    merge.writeTo(out, OUTPUT.overwrite(true));
    assertHolds(directory, "a", "b", "out");
  }

  /// Runs all at once.
  ///
  /// @return what each has thrown, if anything
  private static List<Throwable> atOnce(List<Callable<MergeReport>> tasks)
      throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<MergeReport> task : pool.invokeAll(tasks)) {
        if (task.state() == Future.State.FAILED) {
          failures.add(task.exceptionNow());
        }
      }
    }
    return failures;
  }

  @Test
  void of_many_into_one_place_one_is_done_and_the_others_are_refused() throws Exception {
    Merge merge = Merger.slerp(a, b).t(0.5);
    merge.writeTo(directory.resolve("alone"), OUTPUT);
    List<Callable<MergeReport>> tasks = new ArrayList<>();
    for (int i = 0; i < MERGES; i++) {
      tasks.add(() -> merge.writeTo(out, OUTPUT));
    }
    assertThat(atOnce(tasks))
        .hasSizeLessThan(MERGES)
        .allSatisfy(failure ->
            assertThat(failure)
                .isInstanceOf(MergeException.class)
                .message()
                .containsAnyOf("another merge", "exists already", "came into being"));
    assertThat(digests(out)).isEqualTo(digests(directory.resolve("alone")));
    assertHolds(directory, "a", "b", "alone", "out");
  }

  @Test
  void many_at_once_give_what_each_gives_alone() throws Exception {
    List<Map<String, String>> alone = new ArrayList<>();
    List<Callable<MergeReport>> tasks = new ArrayList<>();
    for (int i = 0; i < MERGES; i++) {
      Merge merge = Merger.slerp(a, b).t(i / 8.0);
      Path place = directory.resolve("alone" + i);
      merge.writeTo(place, OUTPUT);
      alone.add(digests(place));
      Path beside = directory.resolve("beside" + i);
      tasks.add(() -> merge.writeTo(beside, OUTPUT));
    }
    assertThat(atOnce(tasks)).isEmpty();
    for (int i = 0; i < MERGES; i++) {
      assertThat(digests(directory.resolve("beside" + i))).isEqualTo(alone.get(i));
    }
  }

  /// A merge that ends early, in a thread of its own.
  private Throwable failure(Merge merge, Output output) throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() ->
                failures.add(
                    catchThrowableOfType(
                        MergeException.class, () -> merge.writeTo(out, output.resume(false)))));
    assertThat(thread.join(Duration.ofSeconds(20))).as("ends soon").isTrue();
    assertHolds(directory, "a", "b");
    return failures.getFirst();
  }

  @Test
  void a_listener_may_interrupt_the_merge() throws InterruptedException {
    Thread[] running = new Thread[1];
    MergeListener interrupting =
        new MergeListener() {
          @Override
          public void started(MergePlan plan) {
            running[0] = Thread.currentThread();
          }

          @Override
          public void progress(long written, long total) {
            running[0].interrupt();
          }
        };
    Stopping.never(50);
    assertThat(failure(Merger.using(new Stopping(), a, b), OUTPUT.listener(interrupting)))
        .hasMessageContaining("interrupted");
  }

  @Test
  void a_tensor_of_many_stretches_is_interrupted_between_them() throws InterruptedException {
    long rows = 40_000;
    Tensor large = Tensor.of("large", Shape.of(rows, 100), new float[(int) rows * 100]);
    Path model = TinyModels.seeded(3).with(large).in(directory.resolve("b"));
    Thread[] running = new Thread[1];
    MergeListener listener =
        new MergeListener() {
          @Override
          public void started(MergePlan plan) {
            running[0] = Thread.currentThread();
          }
        };
    Stopping.at(200, () -> running[0].interrupt());
    Merge merge = Merger.using(new Stopping(), model);
    assertThat(failure(merge, OUTPUT.threads(1).listener(listener)))
        .hasMessageContaining("interrupted");
    assertThat(Stopping.steps()).isLessThan(700);
  }

  @Test
  void a_worker_that_fails_ends_all() throws InterruptedException {
    List<Error> errors =
        List.of(
            new OutOfMemoryError("a test"),
            new StackOverflowError("a test"),
            new AssertionError("a test"));
    for (Error error : errors) {
      Stopping.at(
          9,
          () -> {
            throw error;
          });
      assertThat(failure(Merger.using(new Stopping(), a, b), OUTPUT)).hasRootCause(error);
    }
  }
}
