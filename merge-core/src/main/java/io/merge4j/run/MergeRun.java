// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.Recipe;
import io.merge4j.kernel.Kernels;
import io.merge4j.model.Model;
import io.merge4j.plan.Plan;
import io.merge4j.plan.Planner;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/// Plans a recipe and carries it out.
public final class MergeRun {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private MergeRun() {}

  /// Plans only.
  public static MergePlan plan(Recipe recipe, Output output) {
    Workers.requireNotInterrupted();
    try (Plan plan = Planner.plan(recipe, output)) {
      return plan.plan();
    }
  }

  /// Plans what would be written to a directory or one file.
  public static MergePlan plan(Recipe recipe, Path target, Output wanted) {
    Workers.requireNotInterrupted();
    Output output = fitting(recipe, target, wanted);
    try (Plan plan = Planner.plan(recipe, output)) {
      check(plan, target, output);
      return plan.plan();
    }
  }

  /// Plans and writes, a directory or one file.
  public static MergeReport write(Recipe recipe, Path target, Output wanted) {
    Workers.requireNotInterrupted();
    long start = System.nanoTime();
    Output output = fitting(recipe, target, wanted);
    try (Plan plan = Planner.plan(recipe, output)) {
      check(plan, target, output);
      FetchSpace.require(plan, target);
      fetch(plan, output);
      LOG.log(
          System.Logger.Level.INFO,
          () -> "Merging with %d threads and %s".formatted(plan.threads(), Kernels.description()));
      output.listener().started(plan.plan());
      Findings findings = new Findings();
      InputFiles inputs = InputFiles.of(plan.models());
      Written written =
          plan.adapters().isPresent()
              ? new AdapterRun(plan, plan.adapters().get(), inputs, output, findings).write(target)
              : write(plan, target, inputs, output, findings);
      MergeReport report =
          new MergeReport(
              target,
              written.plan(),
              output.seed().orElse(0),
              plan.threads(),
              Kernels.description(),
              Duration.ofNanos(System.nanoTime() - start),
              findings.inOrderOf(plan.plan().weights()),
              written.tensors(),
              written.takenOver(),
              written.files());
      output.listener().finished(report);
      return report;
    } catch (IOException e) {
      throw new MergeException("Cannot write %s: %s".formatted(target, e), e);
    }
  }

  /// What is wanted, with a seed; one file has no shards.
  private static Output fitting(Recipe recipe, Path target, Output wanted) {
    Output seeded = wanted.seed(wanted.seed().orElse(recipe.seed().orElse(0)));
    return isFile(target) ? seeded.shardSize(Long.MAX_VALUE) : seeded;
  }

  /// @throws io.merge4j.RecipeException if nothing can be written there
  private static void check(Plan plan, Path target, Output output) {
    OutputPlace.check(target, isFile(target), output.overwrite(), inputs(plan));
    if (plan.adapters().isPresent()) {
      AdapterRun.check(target);
    }
  }

  /// Brings remote models and checkpoints here, before anything of the output exists.
  private static void fetch(Plan plan, Output output) {
    for (Model model : plan.models().all().toList()) {
      Checkpoint checkpoint = model.checkpoint();
      long total = checkpoint.bytesToFetch();
      try {
        checkpoint.fetch(received -> output.listener().fetching(model.name(), received, total));
      } catch (IOException e) {
        throw new MergeException(
            "Cannot fetch model \"%s\": %s".formatted(model, e.getMessage()), e);
      }
    }
  }

  private static Written write(
      Plan plan, Path target, InputFiles inputs, Output output, Findings findings)
      throws IOException {
    Optional<String> card =
        output.card().map(template -> template.text(plan.plan(), ModelCard.metadata(plan.plan())));
    Checksums checksums = new Checksums();
    int takenOver;
    try (OutputDirectory directory = OutputDirectory.lock(target, output.overwrite())) {
      try (Unfinished unfinished = Unfinished.open(directory, plan, output, inputs);
          Workers workers = new Workers(plan.threads())) {
        WeightTask.Run run =
            new WeightTask.Run(
                plan.plan().method(),
                output,
                workers,
                unfinished.writer(),
                new Progress(output.listener(), plan.plan().bytes()),
                findings,
                inputs);
        InputTensors tensors = new InputTensors(plan);
        workers.forEach(
            plan.plan().weights(),
            weight -> checksums.add(entry(weight, tensors, unfinished, run)));
        requireUnmodified(inputs, unfinished);
        unfinished.finish(output.sync());
        takenOver = unfinished.takenOver();
      }
      if (isFile(target)) {
        directory.publishFile(plan.plan().layout().shards().getFirst().file(), output.sync());
        return Written.model(plan, ImmutableList.of(), takenOver);
      }
      ImmutableList<String> files =
          new ModelFiles(directory.path(), output).write(plan, card, checksums);
      directory.publish(output.sync());
      return Written.model(plan, files, takenOver);
    }
  }

  private static void requireUnmodified(InputFiles inputs, Unfinished unfinished) {
    try {
      inputs.all().requireUnmodified();
    } catch (MergeException e) {
      unfinished.distrust();
      throw e;
    }
  }

  /// Takes a weight over from an earlier run, or makes it.
  private static JournalEntry entry(
      PlannedWeight weight, InputTensors tensors, Unfinished unfinished, WeightTask.Run run) {
    TensorSpec spec = weight.output();
    Optional<JournalEntry> earlier = unfinished.earlier(spec.name());
    if (earlier.isPresent()
        && new TakeOver(spec, run.writer(), run.workers()).succeeds(earlier.get())) {
      unfinished.tookOver();
      earlier.get().remarks().forEach(remark -> run.findings().add(spec.name(), remark));
      run.progress().add(spec.bytes());
      return earlier.get();
    }
    int checksum;
    try (WeightTask task = new WeightTask(weight, tensors.of(weight), run)) {
      checksum = task.run();
    }
    JournalEntry entry = new JournalEntry(spec.name(), checksum, run.findings().of(spec.name()));
    unfinished.finished(entry);
    return entry;
  }

  /// The places of everything that is read.
  private static Stream<Path> inputs(Plan plan) {
    return Stream.concat(
        plan.models().all().map(Model::places).flatMap(ImmutableList::stream),
        plan.vocabulary().map(vocabulary -> vocabulary.files().directory()).stream());
  }

  /// Whether the output is one file of weights, without configuration, tokenizer and card.
  private static boolean isFile(Path target) {
    return target.toString().endsWith(".safetensors");
  }
}
