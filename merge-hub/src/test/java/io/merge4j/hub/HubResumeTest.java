// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.merge4j.hub.HttpPort.Seen;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Interrupted downloads, and several at once.
class HubResumeTest extends HubFixture {

  private final byte[] weights = files.get("model.safetensors");

  private Path journal() {
    return cache.resolve(".locks/models--org--model/" + Bytes.sha256(weights) + ".parts");
  }

  private Path blob() {
    return folder().resolve("blobs/" + Bytes.sha256(weights));
  }

  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> blobs = Files.list(folder().resolve("blobs"))) {
      String weightsName = Bytes.sha256(weights);
      return blobs
          .filter(blob -> blob.getFileName().toString().startsWith(weightsName + "."))
          .toList();
    }
  }

  /// A download that stops after the first part of the weights.
  private void interruptedDownload() {
    server.cdn.plan(this::isLaterPart, Fault.NO_ANSWER, 1000);
    Hub hub = builder().connections(1).build();
    assertThatThrownBy(() -> hub.download(MODEL)).isInstanceOf(HubException.class);
    server.cdn.clearPlans();
    server.cdn.forget();
  }

  private boolean isLaterPart(Seen seen) {
    return !seen.headers().getOrDefault("range", "").startsWith("bytes=0-");
  }

  @Test
  void goes_on_where_an_earlier_run_stopped() throws IOException {
    interruptedDownload();
    assertThat(temporaryFiles()).isNotEmpty();
    assertNothingHalf();
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).isNotEmpty().allMatch(this::isLaterPart);
    assertThat(temporaryFiles()).isEmpty();
  }

  @Test
  void begins_anew_if_what_was_left_behind_is_wrong() throws IOException {
    interruptedDownload();
    try (FileChannel channel =
        FileChannel.open(temporaryFiles().getFirst(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}), 1000);
    }
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void begins_anew_if_the_journal_is_damaged() throws IOException {
    interruptedDownload();
    Path leftover = temporaryFiles().getFirst();
    Files.write(journal(), new byte[100]);
    Path directory = hub().download(MODEL);
    // Without a journal it may be anybody's.
    Files.delete(leftover);
    assertSnapshot(directory);
  }

  @Test
  void begins_anew_if_the_data_is_gone() throws IOException {
    interruptedDownload();
    Files.delete(temporaryFiles().getFirst());
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void journal_that_claims_more_than_there_is_is_not_believed() throws IOException {
    interruptedDownload();
    try (FileChannel channel =
        FileChannel.open(temporaryFiles().getFirst(), StandardOpenOption.WRITE)) {
      channel.truncate(10);
    }
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void temporary_files_of_other_programs_are_left_alone() throws IOException {
    Path other = folder().resolve("blobs/" + Bytes.sha256(weights) + ".0123abcd.incomplete");
    Files.createDirectories(other.getParent());
    Files.writeString(other, "half");
    hub().download(MODEL);
    assertThat(other).hasContent("half");
  }

  @Test
  void what_was_left_behind_goes_when_another_program_has_brought_the_content() throws IOException {
    interruptedDownload();
    assertThat(journal()).exists();
    Files.write(folder().resolve("blobs/" + Bytes.sha256(weights)), weights);
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).isEmpty();
    assertThat(temporaryFiles()).isEmpty();
    assertThat(journal()).doesNotExist();
  }

  @Test
  void blob_of_the_wrong_size_is_replaced() throws IOException {
    Path blob = folder().resolve("blobs/" + Bytes.sha256(weights));
    Files.createDirectories(blob.getParent());
    Files.writeString(blob, "cut short");
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void signed_address_that_expires_is_asked_for_again() throws IOException {
    server.expiredSignatures.add("1");
    server.expiredSignatures.add("3");
    assertSnapshot(builder().connections(1).build().download(MODEL));
  }

  @Test
  void server_without_ranges_serves_large_files_too() throws IOException {
    server.ignoresRanges = true;
    server.cdn.plan(seen -> !seen.headers().containsKey("range"), Fault.CUT_BODY, 2);
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void a_page_for_people_in_place_of_a_part_costs_that_part_alone() throws IOException {
    server.cdn.plan(this::isLaterPart, Fault.LOGIN_PAGE, 2);
    assertSnapshot(builder().connections(1).build().download(MODEL));
    assertThat(server.cdn.seen()).allMatch(seen -> seen.headers().containsKey("range")).hasSize(7);
  }

  @Test
  void server_that_sends_all_at_once_does_not_undo_what_has_arrived() throws IOException {
    interruptedDownload();
    server.ignoresRanges = true;
    server.cdn.plan(seen -> true, Fault.CUT_BODY, 1);
    List<Long> received = new ArrayList<>();
    hub()
        .download(
            MODEL,
            new DownloadListener() {
              @Override
              public void advanced(RepositoryFile file, long count) {
                received.add(file.path().equals("model.safetensors") ? count : Long.MAX_VALUE);
              }
            });
    assertSnapshot(folder().resolve("snapshots/" + COMMIT));
    assertThat(received).allMatch(count -> count > 64 << 10);
  }

  @Test
  void nothing_stays_that_could_not_be_taken_over_where_files_can_not_be_locked()
      throws IOException {
    Files.createDirectories(journal().resolveSibling(Bytes.sha256(weights) + ".lock"));
    interruptedDownload();
    assertThat(temporaryFiles()).isEmpty();
    try (Stream<Path> locks = Files.list(journal().getParent())) {
      assertThat(locks.filter(Files::isRegularFile).map(Path::toString))
          .noneMatch(name -> name.contains(Bytes.sha256(weights) + ".parts"));
    }
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void a_journal_without_its_data_counts_for_nothing() throws IOException {
    interruptedDownload();
    assertThat(PartialFile.arrived(blob(), journal(), weights.length)).isPositive();
    assertThat(PartialFile.arrived(blob(), journal(), weights.length + 1)).isZero();
    Files.delete(temporaryFiles().getFirst());
    assertThat(PartialFile.arrived(blob(), journal(), weights.length)).isZero();
  }

  @Test
  void a_journal_of_tiny_parts_is_not_believed() throws IOException {
    interruptedDownload();
    try (FileChannel channel = FileChannel.open(journal(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(8).putLong(1).flip(), 16);
    }
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).hasSizeLessThan(10);
  }

  @Test
  void links_in_the_place_of_temporary_files_are_not_followed() throws IOException {
    Path precious = Files.writeString(temporary.resolve("precious"), "of the user");
    interruptedDownload();
    Path data = temporaryFiles().getFirst();
    Files.delete(data);
    Files.createSymbolicLink(data, precious);
    assertSnapshot(hub().download(MODEL));
    assertThat(precious).hasContent("of the user");

    Files.delete(blob());
    Files.createSymbolicLink(journal(), precious);
    assertSnapshot(hub().download(MODEL));
    assertThat(precious).hasContent("of the user");
  }

  @Test
  void slow_transfer_is_not_a_stalled_one() throws IOException {
    server.cdn.speed(200_000);
    assertSnapshot(builder().connections(1).partSize(1 << 20).build().download(MODEL));
    assertThat(server.cdn.seen()).hasSize(1);
  }

  @Test
  void server_that_sends_a_few_bytes_at_a_time_is_given_up() throws IOException {
    server.cdn.plan(seen -> true, Fault.DRIP, Integer.MAX_VALUE);
    assertThatThrownBy(() -> hub().download(MODEL)).isInstanceOf(HubException.class);
    Snapshot snapshot = hub().open(MODEL);
    RepositoryFile weights = snapshot.find("model.safetensors").orElseThrow();
    assertThatThrownBy(() -> snapshot.read(weights, 0, 1000)).isInstanceOf(HubException.class);
    assertThat(server.cdn.seen()).hasSizeLessThan(50);
    server.cdn.clearPlans();
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void server_that_sends_a_few_bytes_a_second_is_given_up() throws IOException {
    server.cdn.speed(50);
    Hub hub =
        builder().stallTimeout(Duration.ofMillis(500)).retries(0, Duration.ofMillis(1)).build();
    assertThatThrownBy(() -> hub.download(MODEL))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("bytes in 3000 ms, expected 1,024 a second");
    assertNothingHalf();
    server.cdn.speed(Integer.MAX_VALUE);
    assertSnapshot(hub.download(MODEL));
  }

  @Test
  void transfer_that_is_too_slow_goes_on_where_it_stopped_unless_any_speed_will_do() {
    HubBuilder builder = builder().stallTimeout(Duration.ofMillis(500));
    Snapshot snapshot = builder.build().open(MODEL);
    RepositoryFile file = snapshot.find("model.safetensors").orElseThrow();
    server.cdn.speed(350);
    assertThat(snapshot.read(file, 0, 1200)).isEqualTo(Arrays.copyOf(weights, 1200));
    assertThat(server.cdn.seen()).hasSizeGreaterThan(1);
    server.cdn.forget();
    assertThat(builder.leastSpeed(0).build().open(MODEL).read(file, 0, 1200))
        .isEqualTo(Arrays.copyOf(weights, 1200));
    assertThat(server.cdn.seen()).hasSize(1);
  }

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
