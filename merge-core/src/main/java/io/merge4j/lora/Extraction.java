// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import io.merge4j.adapter.AdapterConfig;
import io.merge4j.adapter.AdapterFiles;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.model.Model;
import io.merge4j.run.Checksums;
import io.merge4j.run.OutputDirectory;
import io.merge4j.run.OutputFiles;
import io.merge4j.run.OutputPlace;
import io.merge4j.run.Workers;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Makes a LoRA adapter of what a fine-tuned model changed in its base.
///
/// Every matrix of the difference is approximated by a product of two thin ones; what is no matrix,
/// or has another number of rows than in the base, as an embedding whose vocabulary grew, is saved
/// in full if it changed.
///
/// Where the head is tied to the embedding, an embedding that is saved brings the head with it, but
/// for one that encoder and decoder share: PEFT loads that into the base, not into a copy. One with
/// factors gives the tuned model once PEFT has merged it; beside the base PEFT leaves the head as
/// it was.
///
/// {@snippet lang=java :
/// try (Model tuned = Model.open(Path.of("tuned")); Model base = Model.open(Path.of("base"))) {
///   Extraction.of(tuned, base).rank(32).writeTo(Path.of("adapter"));
/// }
/// }
///
/// @param rank greatest rank of a matrix; 16 if neither it nor `energy` is given
/// @param energy share of the squared difference of a matrix to keep, if rank allows
/// @param embeddings what to do with embeddings and heads
/// @param others what to do with norms, biases and other tensors that are no matrices
/// @param dtype type of the factors; tensors that are saved in full keep theirs
/// @param threads matrices that are worked on at a time
/// @param overwrite whether an adapter that is there is replaced
public record Extraction(
    Model tuned,
    Model base,
    OptionalInt rank,
    OptionalDouble energy,
    How embeddings,
    How others,
    DType dtype,
    int threads,
    boolean overwrite) {

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of range
  public Extraction {
    check(rank.orElse(1) >= 1, "rank", rank.orElse(1), "at least 1");
    double share = energy.orElse(1);
    check(share > 0 && share <= 1, "energy", share, "more than 0 and at most 1");
    check(threads >= 1, "threads", threads, "at least 1");
    check(dtype.isWritable(), "type", dtype, DType.writableNames());
    check(embeddings != How.UNCHANGED, "embeddings", embeddings, "another choice");
    check(others == How.SAVED || others == How.LEFT_OUT, "others", others, "SAVED or LEFT_OUT");
  }

  private static void check(boolean fine, String what, Object found, String expected) {
    if (!fine) {
      throw new IllegalArgumentException(
          "Extraction: %s is %s, expected %s".formatted(what, found, expected));
    }
  }

  /// What `tuned` changed in `base`, of rank 16 at most, embeddings included, in float32.
  public static Extraction of(Model tuned, Model base) {
    return new Extraction(
        tuned,
        base,
        OptionalInt.empty(),
        OptionalDouble.empty(),
        How.LOW_RANK,
        How.SAVED,
        DType.F32,
        Runtime.getRuntime().availableProcessors(),
        false);
  }

  /// With matrices of this rank at most, also where an energy asks for more.
  public Extraction rank(int newRank) {
    return new Extraction(
        tuned,
        base,
        OptionalInt.of(newRank),
        energy,
        embeddings,
        others,
        dtype,
        threads,
        overwrite);
  }

  /// With the least ranks that keep this share of the squared difference of each matrix, in (0, 1].
  public Extraction energy(double share) {
    return new Extraction(
        tuned, base, rank, OptionalDouble.of(share), embeddings, others, dtype, threads, overwrite);
  }

  /// What to do with embeddings and heads: low rank, saved whole, or left out.
  public Extraction embeddings(How how) {
    return new Extraction(tuned, base, rank, energy, how, others, dtype, threads, overwrite);
  }

  /// What to do with tensors that are no matrices: saved whole, or left out.
  public Extraction others(How how) {
    return new Extraction(tuned, base, rank, energy, embeddings, how, dtype, threads, overwrite);
  }

  public Extraction dtype(DType newDtype) {
    return new Extraction(
        tuned, base, rank, energy, embeddings, others, newDtype, threads, overwrite);
  }

  public Extraction threads(int count) {
    return new Extraction(tuned, base, rank, energy, embeddings, others, dtype, count, overwrite);
  }

  public Extraction overwrite(boolean replaces) {
    return new Extraction(tuned, base, rank, energy, embeddings, others, dtype, threads, replaces);
  }

  /// Writes the adapter as PEFT reads it: `adapter_config.json` and `adapter_model.safetensors`,
  /// with checksums beside them.
  ///
  /// @param directory absent or whole at any time
  /// @return what became of each tensor, in the order of the model
  /// @throws RecipeException if the models do not belong together; nothing was written then
  /// @throws MergeException if it failed while running, was interrupted, or a file of the models
  ///   was written to meanwhile
  public ImmutableList<AdapterTensor> writeTo(Path directory) {
    checkModels();
    OutputPlace.check(
        directory,
        false,
        overwrite,
        Stream.of(tuned, base).flatMap(model -> model.places().stream()));
    SourceFiles sources = SourceFiles.of(tuned.checkpoint(), base.checkpoint());
    try (OutputDirectory output = OutputDirectory.create(directory, overwrite, 0);
        AdapterFiles files = AdapterFiles.create(output.path(), dtype, sources)) {
      ImmutableList<AdapterTensor> tensors =
          ExtractedAdapter.withoutHolders(extract(sources, files));
      ExtractedAdapter adapter = new ExtractedAdapter(this, tensors);
      adapter.saved().forEach(files::save);
      AdapterFiles.Finished finished = files.finish(true);
      sources.requireUnmodified();
      OutputFiles others = new OutputFiles(output.path(), true);
      others.write(Checksums.FILE, Checksums.toJson(finished.checksums()));
      others.write(AdapterConfig.FILE, adapter.config().toJson());
      output.publish(true);
      adapter.warn();
      return tensors;
    } catch (IOException e) {
      throw new MergeException("Cannot write %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private ImmutableList<AdapterTensor> extract(SourceFiles sources, AdapterFiles files) {
    ImmutableList<TensorSpec> specs = tuned.checkpoint().specs();
    Map<String, AdapterTensor> done = new ConcurrentHashMap<>();
    try (Workers workers = new Workers(threads)) {
      workers.forEach(specs, spec -> done.put(spec.name(), extract(spec, sources, files)));
    }
    return specs.stream()
        .map(spec -> Objects.requireNonNull(done.get(spec.name())))
        .collect(ImmutableList.toImmutableList());
  }

  private AdapterTensor extract(TensorSpec spec, SourceFiles sources, AdapterFiles files) {
    try {
      return new ExtractionTask(this, spec, files).run();
    } catch (InternalError e) {
      throw sources.unreadable(spec.name(), e);
    } catch (IOException e) {
      throw new MergeException(
          "Cannot write tensor %s: %s".formatted(spec.name(), e.getMessage()), e);
    }
  }

  private void checkModels() {
    boolean related =
        tuned.checkpoint().specs().stream()
            .anyMatch(spec -> base.checkpoint().find(spec.name()).isPresent());
    if (!related) {
      throw new RecipeException(
          "%s and %s have no tensor in common, expected a model and its base"
              .formatted(tuned, base));
    }
    Stream.of(tuned, base).forEach(Extraction::checkPlain);
    tuned.checkpoint().specs().forEach(this::checkShape);
  }

  private static void checkPlain(Model model) {
    if (model.config().isQuantized()) {
      throw new RecipeException(
          "Model %s is quantised (quantization_config in its config.json), expected plain weights; extract from the original weights"
              .formatted(model));
    }
  }

  /// Layers of another shape are those of another model; what is outside them may have grown with
  /// the vocabulary.
  private void checkShape(TensorSpec spec) {
    if (tuned.stacks().locate(spec.name()).isEmpty()) {
      return;
    }
    Optional<TensorSpec> before = base.checkpoint().find(spec.name()).map(Tensor::spec);
    if (before.isEmpty() || !before.get().shape().equals(spec.shape())) {
      throw new RecipeException(
          "%s is no base of %s: it has %s %s, expected %s"
              .formatted(
                  base,
                  tuned,
                  before.map(found -> found.shape().toString()).orElse("no"),
                  spec.name(),
                  spec.shape()));
    }
  }
}
