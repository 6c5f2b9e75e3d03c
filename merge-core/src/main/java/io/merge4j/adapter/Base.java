// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// The model that an adapter changes.
///
/// @param name for messages
/// @param tied the tensor that stands for one that is missing
/// @param tiedHead names of the tensors of a head that is tied to the input embedding, weight first
/// @param vocabularySized whether a tensor has a row per token
public record Base(
    String name,
    Checkpoint checkpoint,
    Function<String, Optional<Tensor>> tied,
    ImmutableList<String> tiedHead,
    Predicate<String> vocabularySized) {

  /// The tensor of this name.
  ///
  /// Adapters name tensors as the running model does. Checkpoints may lack the first parts of those
  /// names (`h.0` for `transformer.h.0`) or have further ones before them, and a head that is tied
  /// to the embedding is not stored at all.
  Optional<Tensor> find(String tensor) {
    for (int from = 0; from >= 0; from = next(tensor, from)) {
      Optional<Tensor> found = checkpoint.find(tensor.substring(from));
      if (found.isPresent()) {
        return found;
      }
    }
    return tied.apply(tensor).or(() -> longer(tensor));
  }

  /// Whether a tensor is not there, but another in its stead.
  boolean ties(String tensor) {
    return checkpoint.find(tensor).isEmpty() && tied.apply(tensor).isPresent();
  }

  /// Whether a tensor is tied to an embedding that encoder and decoder share: these would have to
  /// be untied along with it.
  boolean isShared(String tensor) {
    return tied.apply(tensor).filter(found -> isSharedEmbedding(found.spec().name())).isPresent();
  }

  /// Whether an embedding is that of encoder and decoder, by its name.
  public static boolean isSharedEmbedding(String tensor) {
    return ("." + tensor).endsWith(".shared.weight");
  }

  private Optional<Tensor> longer(String tensor) {
    List<TensorSpec> longer =
        checkpoint.specs().stream().filter(spec -> spec.name().endsWith("." + tensor)).toList();
    return longer.size() == 1 ? checkpoint.find(longer.getFirst().name()) : Optional.empty();
  }

  /// Where the name goes on without its first part, which must not be the number of a layer.
  private static int next(String tensor, int from) {
    int next = tensor.indexOf('.', from) + 1;
    boolean layer = next > 0 && Character.isDigit(tensor.charAt(from));
    return next > 0 && !layer && tensor.indexOf('.', next) > 0 ? next : -1;
  }
}
