// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.RecipeException;
import io.merge4j.adapter.AdapterConfig;
import io.merge4j.adapter.AdapterFiles;
import io.merge4j.adapter.Deltas;
import io.merge4j.adapter.Part;
import io.merge4j.adapter.PeftConfig;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.plan.Plan;
import io.merge4j.plan.PlannedAdapters;
import io.merge4j.svd.Changed;
import io.merge4j.svd.Truncation;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Merges adapters into one, weight by weight, see [FactorTask].
///
/// An adapter is small: one that was cut short is begun anew.
record AdapterRun(
    Plan plan, PlannedAdapters adapters, InputFiles inputs, Output output, Findings findings) {

  Written write(Path target) throws IOException {
    ImmutableList<Tensor> beneath = beneath();
    try (OutputDirectory directory =
            OutputDirectory.create(target, output.overwrite(), plan.plan().layout().bytes());
        AdapterFiles files =
            AdapterFiles.create(directory.path(), adapters.dtype(), inputs.all())) {
      ImmutableList<AdapterTensor> tensors = merge(directory.path(), files);
      beneath.forEach(files::save);
      AdapterFiles.Finished finished = files.finish(output.sync());
      inputs.all().requireUnmodified();
      MergePlan written = plan.plan().withLayout(finished.layout());
      OutputFiles others = new OutputFiles(directory.path(), output.sync());
      writeOthers(others, written);
      others.write(Checksums.FILE, Checksums.toJson(finished.checksums()));
      others.write(AdapterConfig.FILE, config(tensors).toJson());
      directory.publish(output.sync());
      return new Written(written, tensors, 0, others.names());
    }
  }

  /// @throws RecipeException if it is a file
  static void check(Path target) {
    if (target.toString().endsWith(".safetensors")) {
      throw new RecipeException(
          "Output %s is a file, expected a directory for an adapter".formatted(target));
    }
  }

  /// The weights of the base that stay beneath the factors; adapters must agree on them.
  private ImmutableList<Tensor> beneath() {
    ImmutableList.Builder<Tensor> beneath = ImmutableList.builder();
    adapters
        .beneath()
        .asMap()
        .forEach((name, tensors) -> {
          Tensor first = tensors.iterator().next();
          for (Tensor other : tensors) {
            if (!first.spec().shape().equals(other.spec().shape()) || change(first, other) != 0) {
              throw new MergeException(
                  "Adapters bring different weights of the base beneath their factors for %s, expected the same; merge models base+adapter instead"
                      .formatted(name));
            }
          }
          beneath.add(Deltas.named(Part.BASE_WEIGHT.nameFor(name), first));
        });
    return beneath.build();
  }

  private double change(Tensor first, Tensor other) {
    try {
      return Changed.norm(first, other);
    } catch (InternalError e) {
      throw inputs.all().unreadable(first.spec().name(), e);
    }
  }

  private ImmutableList<AdapterTensor> merge(Path directory, AdapterFiles files) {
    List<PlannedWeight> weights = plan.plan().weights();
    Map<String, AdapterTensor> done = new ConcurrentHashMap<>();
    Progress progress = new Progress(output.listener(), plan.plan().bytes());
    long share = plan.plan().bytes() / weights.size();
    AtomicInteger finished = new AtomicInteger();
    try (Workers workers = new Workers(plan.threads())) {
      workers.forEach(
          weights,
          weight -> {
            done.put(weight.output().name(), merge(weight, workers, directory, files));
            boolean last = finished.incrementAndGet() == weights.size();
            progress.add(last ? plan.plan().bytes() - share * (weights.size() - 1) : share);
          });
    }
    return weights.stream()
        .map(weight -> Objects.requireNonNull(done.get(weight.output().name())))
        .collect(ImmutableList.toImmutableList());
  }

  private AdapterTensor merge(
      PlannedWeight weight, Workers workers, Path directory, AdapterFiles files) {
    TensorSpec spec = weight.output();
    try {
      if (!adapters.isFactored(weight)) {
        TensorSpec stored = adapters.stored(weight);
        long start = files.reserve(stored);
        Region region = new Region((at, bytes) -> files.write(start + at, bytes), workers.rooms());
        PlannedWeight planned = weight.as(stored.dtype());
        try (WeightTask task =
            new WeightTask(planned, new InputTensors(plan).of(weight), run(workers, region))) {
          task.run();
        }
        return new AdapterTensor(spec.name(), spec.shape(), How.SAVED, 0, 1, 0, Double.NaN);
      }
      Region none = new Region((at, bytes) -> {}, workers.rooms());
      Truncation found =
          new FactorTask(weight.as(DType.F32), adapters, directory)
              .find(new InputTensors(plan).of(weight), run(workers, none));
      files.factors(spec, found, adapters.layout(weight));
      return new AdapterTensor(
          spec.name(),
          spec.shape(),
          How.LOW_RANK,
          found.rank(),
          found.total() == 0 ? 1 : 1 - found.left() / found.total(),
          StrictMath.sqrt(found.left()),
          StrictMath.sqrt(found.total()));
    } catch (IOException e) {
      throw new MergeException(
          "Cannot write tensor %s: %s".formatted(spec.name(), e.getMessage()), e);
    }
  }

  private WeightTask.Run run(Workers workers, Region region) {
    return new WeightTask.Run(
        plan.plan().method(),
        output,
        workers,
        region,
        new Progress(MergeListener.SILENT, Long.MAX_VALUE),
        findings,
        inputs);
  }

  private PeftConfig config(ImmutableList<AdapterTensor> tensors) {
    ImmutableSortedMap.Builder<String, Integer> ranks = ImmutableSortedMap.naturalOrder();
    tensors.stream()
        .filter(tensor -> tensor.how() == How.LOW_RANK)
        .forEach(tensor -> ranks.put(PeftConfig.module(tensor.name()), tensor.rank()));
    List<AdapterConfig> configs = adapters.byModel().values().stream().map(Deltas::config).toList();
    ImmutableList<String> saved =
        tensors.stream()
            .map(AdapterTensor::name)
            .filter(name -> !adapters.shapes().containsKey(name) && name.endsWith(".weight"))
            .map(PeftConfig::module)
            .collect(ImmutableList.toImmutableList());
    return new PeftConfig(
        adapters.base(),
        configs.stream().map(AdapterConfig::task).flatMap(Optional::stream).findFirst(),
        ranks.buildOrThrow(),
        saved,
        tensors.stream()
            .map(AdapterTensor::name)
            .anyMatch(name ->
                name.endsWith(".bias")
                    && !adapters.shapes().containsKey(name)
                    && !saved.contains(PeftConfig.module(name))),
        plan.plan().weights().stream().anyMatch(adapters::isOfFactors),
        configs.stream().anyMatch(AdapterConfig::fanInFanOut));
  }

  private void writeOthers(OutputFiles files, MergePlan written) throws IOException {
    Optional<Path> first =
        plan.models().get(adapters.byModel().keySet().iterator().next()).directory();
    if (first.isPresent() && output.copyTokenizer()) {
      TokenizerFiles.copy(first.get(), files);
    }
    files.write("mergekit_config.yml", written.recipe().toYaml());
    if (output.card().isPresent()) {
      files.write(
          "README.md",
          output.card().get().text(written, ModelCard.metadata(written, adapters.base())));
    }
  }
}
