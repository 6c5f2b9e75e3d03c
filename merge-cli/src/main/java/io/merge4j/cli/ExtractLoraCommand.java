// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.collect.ImmutableList;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Makes an adapter of what a model changed.
@Command(
    name = "extract-lora",
    description = {
      "Writes what MODEL changed in BASE as a LoRA adapter for PEFT into OUT.",
      "A row per tensor tells the rank, the share of the squared change that is kept, and what is left,"
          + " relative to the change."
    },
    sortOptions = false)
final class ExtractLoraCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "The fine-tuned model.")
  String model;

  @Parameters(index = "1", paramLabel = "BASE", description = "What it was before.")
  String base;

  @Parameters(index = "2", paramLabel = "OUT", description = "Directory of the adapter.")
  Path out;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Greatest rank; 16 unless it or --energy is given.")
  @Nullable Integer rank;

  @Option(
      names = "--energy",
      paramLabel = "E",
      description = "Least ranks that keep this share of the squared change, e.g. 0.95.")
  @Nullable Double energy;

  @Option(
      names = "--embeddings",
      paramLabel = "HOW",
      description = "Embeddings and heads: low-rank (unless given), save or leave-out.")
  String embeddings = "low-rank";

  @Option(
      names = "--others",
      paramLabel = "HOW",
      description = "Norms, biases and the like: save (unless given) or leave-out.")
  String others = "save";

  @Option(
      names = "--dtype",
      paramLabel = "T",
      converter = OutputOptions.DTypeConverter.class,
      description = "Type of the adapter: float32 unless given.")
  DType dtype = DType.F32;

  @Option(
      names = {"-j", "--threads"},
      paramLabel = "N",
      description = "Matrices worked on at a time; one per processor unless given.")
  @Nullable Integer threads;

  @Option(names = "--overwrite", description = "Replace OUT if it exists.")
  boolean overwrite;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    try (Model tuned = Models.open(model);
        Model before = Models.open(base);
        Interruption _ = Interruption.ofThisThread()) {
      ImmutableList<AdapterTensor> tensors = extraction(tuned, before).writeTo(out);
      if (!talk.quiet) {
        AdapterTable.print(tensors, spec.commandLine().getOut());
      }
    }
    return 0;
  }

  private Extraction extraction(Model tuned, Model before) {
    try {
      Extraction extraction =
          Extraction.of(tuned, before)
              .embeddings(how("--embeddings", embeddings))
              .others(how("--others", others))
              .dtype(dtype)
              .overwrite(overwrite);
      extraction = threads == null ? extraction : extraction.threads(threads);
      extraction = rank == null ? extraction : extraction.rank(rank);
      return energy == null ? extraction : extraction.energy(energy);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private static How how(String option, String text) {
    return switch (text) {
      case "low-rank" -> How.LOW_RANK;
      case "save" -> How.SAVED;
      case "leave-out" -> How.LEFT_OUT;
      default ->
          throw new UsageException(
              "%s is \"%s\", expected low-rank, save or leave-out".formatted(option, text));
    };
  }
}
