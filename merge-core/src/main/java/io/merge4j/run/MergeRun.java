// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import io.merge4j.Input;
import io.merge4j.MergeException;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.Recipe;
import io.merge4j.kernel.Kernels;
import io.merge4j.model.Model;
import io.merge4j.plan.Plan;
import io.merge4j.plan.PlannedVocabulary.PeerTensor;
import io.merge4j.plan.Planner;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Plans a recipe and carries it out.
public final class MergeRun {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private MergeRun() {}

  /// Plans only.
  public static MergePlan plan(Recipe recipe, Output output) {
    try (Plan plan = Planner.plan(recipe, output)) {
      return plan.plan();
    }
  }

  /// Plans and writes, a directory or one file.
  public static MergeReport write(Recipe recipe, Path target, Output wanted) {
    long start = System.nanoTime();
    Output output = isFile(target) ? wanted.shardSize(Long.MAX_VALUE) : wanted;
    try (Plan plan = Planner.plan(recipe, output)) {
      OutputPlace.check(target, isFile(target), output.overwrite(), inputs(plan));
      if (plan.adapters().isPresent()) {
        AdapterRun.check(target);
      }
      fetch(plan, output);
      LOG.log(
          System.Logger.Level.INFO,
          "Merging with {0}, {1} threads",
          Kernels.description(),
          plan.threads());
      output.listener().started(plan.plan());
      Findings findings = new Findings();
      AdapterRun.Written written =
          plan.adapters().isPresent()
              ? new AdapterRun(
                      plan,
                      plan.adapters().get(),
                      weight -> tensors(weight, plan),
                      output,
                      findings)
                  .write(target)
              : new AdapterRun.Written(
                  plan.plan(), ImmutableList.of(), write(plan, target, output, findings));
      MergeReport report =
          new MergeReport(
              target,
              written.plan(),
              output.seed(),
              plan.threads(),
              Kernels.description(),
              Duration.ofNanos(System.nanoTime() - start),
              findings.inOrderOf(plan.plan().weights()),
              written.tensors(),
              written.files());
      output.listener().finished(report);
      return report;
    } catch (IOException e) {
      throw new MergeException("Cannot write %s: %s".formatted(target, e), e);
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

  private static ImmutableList<String> write(
      Plan plan, Path target, Output output, Findings findings) throws IOException {
    Optional<String> card =
        output.card().map(template -> template.text(plan.plan(), ModelCard.metadata(plan.plan())));
    try (OutputDirectory directory = OutputDirectory.create(target, plan.plan().layout().bytes())) {
      try (CheckpointWriter writer = plan.format().create(directory.path(), plan.plan().layout());
          Workers workers = new Workers(plan.threads())) {
        WeightTask.Run run =
            new WeightTask.Run(
                plan.plan().method(),
                output,
                workers,
                writer,
                new Progress(output.listener(), plan.plan().bytes()),
                findings);
        workers.forEach(
            plan.plan().weights(),
            weight -> new WeightTask(weight, tensors(weight, plan), run).run());
        writer.finish(output.sync());
      }
      if (isFile(target)) {
        directory.publishFile(plan.plan().layout().shards().getFirst().file(), output.sync());
        return ImmutableList.of();
      }
      ImmutableList<String> files = new ModelFiles(directory.path(), output).write(plan, card);
      directory.publish(output.sync());
      return files;
    }
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

  /// The inputs of a weight, brought to the output's vocabulary if the recipe asks for one.
  private static Tensor[] tensors(PlannedWeight weight, Plan plan) {
    Map<String, PeerTensor> peers = new HashMap<>();
    for (Input input : weight.inputs()) {
      Model model = plan.models().get(input.model());
      peers.putIfAbsent(input.model(), new PeerTensor(model, tensor(input, model)));
    }
    return weight.inputs().stream()
        .map(input -> {
          Model model = plan.models().get(input.model());
          Tensor tensor = tensor(input, model);
          return plan.vocabulary()
              .map(vocabulary ->
                  vocabulary.view(
                      model, tensor, name -> peer(name, weight.output().name(), peers, plan)))
              .orElse(tensor);
        })
        .toArray(Tensor[]::new);
  }

  /// The tensor of another model that a model's rows may come from.
  private static Optional<PeerTensor> peer(
      String name, String tensor, Map<String, PeerTensor> known, Plan plan) {
    return Optional.ofNullable(known.get(name))
        .or(() -> {
          Model model = plan.models().get(name);
          return model
              .checkpoint()
              .find(tensor)
              .or(() -> model.tied(tensor))
              .map(found -> new PeerTensor(model, found));
        });
  }

  private static Tensor tensor(Input input, Model model) {
    return model
        .checkpoint()
        .find(input.tensor().name())
        .orElseThrow(() ->
            new MergeException(
                "Tensor %s is no longer in model %s"
                    .formatted(input.tensor().name(), input.model())));
  }
}
