// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.Output;
import io.merge4j.plan.Plan;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A model directory being filled: its files, and the journal of what is finished in them.
///
/// What an earlier run of the same merge has finished is found again; it is for the caller to
/// [trust][TakeOver] it.
final class Unfinished implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private final OutputDirectory directory;
  private final CheckpointWriter writer;
  private final ImmutableMap<String, JournalEntry> earlier;
  private final Optional<Commits> commits;
  private final int tensors;
  private final AtomicInteger takenOver = new AtomicInteger();
  private boolean isVoid;

  private Unfinished(
      OutputDirectory directory,
      CheckpointWriter writer,
      ImmutableMap<String, JournalEntry> earlier,
      Optional<Commits> commits,
      int tensors) {
    this.directory = directory;
    this.writer = writer;
    this.earlier = earlier;
    this.commits = commits;
    this.tensors = tensors;
  }

  /// Goes on with what an earlier run left, if it is of use; else begins anew.
  static Unfinished open(OutputDirectory directory, Plan plan, Output output, InputFiles inputs)
      throws IOException {
    if (output.resume() && directory.hasRemains()) {
      directory.keep("what an earlier run left");
    }
    Optional<Identity> identity =
        output.resume() ? Identity.of(plan, output, inputs) : Optional.empty();
    Optional<Unfinished> resumed =
        identity.isPresent() ? resume(directory, plan, output, identity.get()) : Optional.empty();
    return resumed.isPresent() ? resumed.get() : begin(directory, plan, output, identity);
  }

  private static Unfinished begin(
      OutputDirectory directory, Plan plan, Output output, Optional<Identity> identity)
      throws IOException {
    CheckpointLayout layout = plan.plan().layout();
    directory.startOver();
    directory.requireSpace(layout.bytes());
    CheckpointWriter writer = plan.format().create(directory.path(), layout);
    try {
      Optional<Commits> commits = Optional.empty();
      if (identity.isPresent()) {
        Journal journal = Journal.create(directory.journal(), identity.get());
        if (output.sync()) {
          directory.force();
        }
        commits = Optional.of(new Commits(journal, writer, output.sync()));
      }
      return new Unfinished(directory, writer, ImmutableMap.of(), commits, layout.tensors().size());
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  private static Optional<Unfinished> resume(
      OutputDirectory directory, Plan plan, Output output, Identity identity) throws IOException {
    CheckpointLayout layout = plan.plan().layout();
    Optional<Journal.Contents> contents = Journal.read(directory.journal());
    if (contents.isEmpty() || !identity.equals(contents.get().identity())) {
      if (directory.hasRemains()) {
        String why =
            contents
                .map(found -> String.join(", ", identity.differences(found.identity())))
                .map(what -> what + " changed since")
                .orElse("nothing was finished");
        LOG.log(
            System.Logger.Level.WARNING,
            "Starting over instead of going on with " + directory.work() + ": " + why);
      }
      return Optional.empty();
    }
    directory.clean(
        layout.shards().stream()
            .map(CheckpointLayout.Shard::file)
            .collect(ImmutableSet.toImmutableSet()));
    Optional<CheckpointWriter> writer = plan.format().resume(directory.path(), layout);
    if (writer.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Starting over instead of going on with "
              + directory.work()
              + ": its files are not as they were left");
      return Optional.empty();
    }
    ImmutableMap<String, JournalEntry> earlier = contents.get().entries();
    try {
      directory.requireSpace(missing(layout, earlier));
      Journal journal = Journal.resume(directory.journal(), contents.get().end());
      Commits commits = new Commits(journal, writer.get(), output.sync());
      return Optional.of(
          new Unfinished(
              directory, writer.get(), earlier, Optional.of(commits), layout.tensors().size()));
    } catch (IOException | RuntimeException e) {
      writer.get().close();
      throw e;
    }
  }

  private static long missing(CheckpointLayout layout, ImmutableMap<String, JournalEntry> earlier) {
    return layout.tensors().stream()
        .filter(spec -> !earlier.containsKey(spec.name()))
        .mapToLong(TensorSpec::bytes)
        .sum();
  }

  CheckpointWriter writer() {
    return writer;
  }

  /// What an earlier run says of a tensor that it finished.
  Optional<JournalEntry> earlier(String tensor) {
    return Optional.ofNullable(earlier.get(tensor));
  }

  /// Number of tensors taken over from an earlier run.
  int takenOver() {
    return takenOver.get();
  }

  /// A tensor is there from an earlier run.
  void tookOver() {
    takenOver.incrementAndGet();
  }

  /// A tensor was written whole.
  void finished(JournalEntry entry) {
    commits.ifPresent(each -> each.add(entry));
  }

  /// Nothing that is finished can be trusted.
  void distrust() {
    isVoid = true;
  }

  /// All tensors are written: completes the files.
  void finish(boolean sync) throws IOException {
    if (commits.isPresent()) {
      commits.get().close();
      commits.get().requireForced();
    }
    writer.finish(sync);
  }

  /// Ends writing; what is finished is kept for a later run, until it is published.
  @Override
  public void close() throws IOException {
    try (writer) {
      if (commits.isPresent()) {
        commits.get().close();
        int finished = Math.max(takenOver(), earlier.size()) + commits.get().committed();
        if (finished > 0 && !isVoid) {
          directory.keep(
              "%d of %d tensors, finished".formatted(Math.min(finished, tensors), tensors));
        } else {
          directory.discard();
        }
      }
    }
  }
}
