// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.MergeException;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.RowMapped;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import io.merge4j.vocabulary.RowMap;
import io.merge4j.vocabulary.TokenIds;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.TokenizerUnion;
import io.merge4j.vocabulary.Vocabulary;
import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The vocabulary that a recipe asks for, and how the models are brought to it.
///
/// @param files the tokenizer whose files come along
/// @param union what it is extended by
/// @param vocabulary all tokens of the output
/// @param rows where their rows come from
/// @param ids how token ids in the reference's configuration change
/// @param foreign whether the files come from another model than the reference
public record PlannedVocabulary(
    Tokenizer files,
    Optional<TokenizerUnion> union,
    Vocabulary vocabulary,
    RowMap rows,
    TokenIds ids,
    boolean foreign) {

  /// A model's tensor with the rows of this vocabulary, or as it is if it has no row per token.
  ///
  /// @param peer finds the tensor of the same role in a model by the model's name
  public Tensor view(Model model, Tensor tensor, Function<String, Optional<PeerTensor>> peer) {
    OptionalInt axis = model.vocabularyAxis(tensor.spec());
    int own = rows.models().indexOf(model.name());
    if (axis.isEmpty() || own < 0) {
      return tensor;
    }
    @Nullable Tensor[] sources = new Tensor[rows.models().size()];
    BitSet present = new BitSet();
    for (int i = 0; i < sources.length; i++) {
      Optional<Tensor> found =
          i == own
              ? Optional.of(tensor)
              : peer.apply(rows.models().get(i))
                  .filter(other -> other.isLike(tensor.spec(), axis.getAsInt()))
                  .map(PeerTensor::tensor);
      if (found.isPresent()) {
        sources[i] = found.get();
        present.set(i);
      }
    }
    return RowMapped.of(tensor, axis.getAsInt(), sources, rows.of(own, present));
  }

  /// A configuration file of the model that the vocabulary comes from, if that is not the
  /// reference.
  ///
  /// @throws MergeException if it is no JSON object
  public Optional<ObjectNode> own(String file) {
    if (!foreign) {
      return Optional.empty();
    }
    try {
      return Optional.of(ModelConfig.read(files.directory().resolve(file)).json());
    } catch (IOException e) {
      throw new MergeException(
          "Cannot read %s of %s: %s".formatted(file, files.name(), e.getMessage()), e);
    }
  }

  /// A tensor of another model.
  public record PeerTensor(Model model, Tensor tensor) {

    boolean isLike(TensorSpec own, int axis) {
      TensorSpec spec = tensor.spec();
      if (spec.shape().rank() != own.shape().rank() || !spec.dtype().isFloat()) {
        return false;
      }
      Shape same = spec.shape().with(axis, own.shape().size(axis));
      return same.equals(own.shape()) && model.vocabularyAxis(spec).equals(OptionalInt.of(axis));
    }
  }
}
