// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Downloads that go on where an earlier one stopped, and what that one left behind.
class HubResumeTest extends HubFixture {

  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> blobs = Files.list(folder().resolve("blobs"))) {
      String prefix = blob().getFileName() + ".";
      return blobs.filter(blob -> blob.getFileName().toString().startsWith(prefix)).toList();
    }
  }

  /// A download that stops after the first part of the weights.
  private void interruptedDownload() {
    server.cdn.plan(HubFixture::isLaterPart, Fault.NO_ANSWER, 1000);
    Hub hub = builder().connections(1).build();
    assertThatThrownBy(() -> hub.download(MODEL)).isInstanceOf(HubException.class);
    server.cdn.clearPlans();
    server.cdn.forget();
  }

  @Test
  void goes_on_where_an_earlier_run_stopped() throws IOException {
    interruptedDownload();
    assertThat(temporaryFiles()).isNotEmpty();
    assertNothingHalf();
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).isNotEmpty().allMatch(HubFixture::isLaterPart);
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
    Files.write(blob(), weights);
    assertSnapshot(hub().download(MODEL));
    assertThat(server.cdn.seen()).isEmpty();
    assertThat(temporaryFiles()).isEmpty();
    assertThat(journal()).doesNotExist();
  }

  @Test
  void blob_of_the_wrong_size_is_replaced() throws IOException {
    Files.createDirectories(blob().getParent());
    Files.writeString(blob(), "cut short");
    assertSnapshot(hub().download(MODEL));
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
}
