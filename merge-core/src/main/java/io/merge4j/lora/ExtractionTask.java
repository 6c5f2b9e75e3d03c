// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import io.merge4j.adapter.AdapterFiles;
import io.merge4j.adapter.FactorLayout;
import io.merge4j.adapter.Rounding;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.model.Model;
import io.merge4j.svd.Changed;
import io.merge4j.svd.Difference;
import io.merge4j.svd.Truncation;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds out what one tensor changed, and brings it into the files of the adapter.
///
/// @param wanted what to do with which tensors
/// @param spec the tensor in the tuned model
record ExtractionTask(Extraction wanted, TensorSpec spec, AdapterFiles files) {

  /// That of most adapters.
  private static final int USUAL_RANK = 16;

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  /// Does it all.
  AdapterTensor run() throws IOException {
    Tensor after = tuned().checkpoint().find(spec.name()).orElseThrow();
    Optional<Tensor> before =
        wanted.base().checkpoint().find(spec.name()).filter(found -> isComparable(found.spec()));
    double change = before.isPresent() ? Changed.norm(after, before.get()) : Double.NaN;
    if (change == 0) {
      return new AdapterTensor(spec.name(), spec.shape(), How.UNCHANGED, 0, 1, 0, 0);
    }
    boolean matrix = before.isPresent() && isMatrix();
    How plain = matrix ? How.LOW_RANK : wanted.others();
    How how = isEmbeddingOrHead() ? wanted.embeddings() : plain;
    return matrix && how == How.LOW_RANK ? lowRank(after, before.get()) : whole(how, change);
  }

  private Model tuned() {
    return wanted.tuned();
  }

  private boolean isComparable(TensorSpec before) {
    return before.shape().equals(spec.shape())
        && before.dtype().isFloat()
        && spec.dtype().isFloat();
  }

  private boolean isEmbeddingOrHead() {
    return tuned().isEmbedding(spec.name()) || tuned().isHead(spec.name());
  }

  /// Embeddings of positions and the like are modules of another kind than linear ones.
  private boolean isMatrix() {
    boolean lookup =
        spec.name().contains("embed")
            || spec.name().endsWith("wpe.weight")
            || spec.name().endsWith("relative_attention_bias.weight");
    return spec.shape().rank() == 2
        && spec.name().endsWith(".weight")
        && (!lookup || isEmbeddingOrHead());
  }

  /// Saved in full or left out.
  private AdapterTensor whole(How how, double change) {
    if (!spec.dtype().isFloat()) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is not of a floating type and left out", spec);
    }
    return how == How.LEFT_OUT || !spec.dtype().isFloat()
        ? new AdapterTensor(spec.name(), spec.shape(), How.LEFT_OUT, 0, 0, change, change)
        : new AdapterTensor(spec.name(), spec.shape(), How.SAVED, 0, 1, 0, change);
  }

  private AdapterTensor lowRank(Tensor after, Tensor before) throws IOException {
    if (ExtractedAdapter.isTied(tuned(), spec.name())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The head is tied to {0}: with factors there PEFT is right only once they are merged (merge_and_unload); save embeddings for use beside the base",
          spec.name());
    }
    boolean unset = wanted.rank().isEmpty() && wanted.energy().isEmpty();
    Truncation found =
        Truncation.of(
            new Difference(after, before),
            unset ? OptionalInt.of(USUAL_RANK) : wanted.rank(),
            wanted.energy(),
            values -> Rounding.rounded(values, wanted.dtype()),
            spec.name().hashCode());
    files.factors(spec, found, layout());
    return new AdapterTensor(
        spec.name(),
        spec.shape(),
        How.LOW_RANK,
        found.rank(),
        1 - found.left() / found.total(),
        StrictMath.sqrt(found.left()),
        StrictMath.sqrt(found.total()));
  }

  private FactorLayout layout() {
    if (tuned().isEmbedding(spec.name())) {
      return FactorLayout.EMBEDDING;
    }
    boolean turned = tuned().config().storesInByOut() && !tuned().isHead(spec.name());
    return turned ? FactorLayout.IN_BY_OUT : FactorLayout.OUT_BY_IN;
  }
}
