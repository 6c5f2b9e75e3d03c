// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.OptionalInt;

/// A named parameter tensor of a model and where it stands in the stack of layers.
///
/// @param name its name in the checkpoint, e.g. `model.layers.3.mlp.up_proj.weight`
/// @param layer the layer it belongs to, counted from 0 over the whole output stack; empty outside
/// @param layers number of layers of that stack; 0 outside
/// @param depth position in [0, 1] at which gradients are read: 0 at the first layer of the slice
///   and 1 at its last; 0 outside the layers
public record Weight(String name, OptionalInt layer, int layers, double depth) {

  /// @throws IllegalArgumentException if the depth is not in [0, 1]
  public Weight {
    if (!(depth >= 0 && depth <= 1)) {
      throw new IllegalArgumentException(
          "Depth of weight \"%s\": %s, expected 0 to 1".formatted(name, depth));
    }
  }

  /// A weight outside every stack: embeddings, final norm, heads.
  public static Weight outside(String name) {
    return new Weight(name, OptionalInt.empty(), 0, 0);
  }

  /// A weight of layer `layer` of a stack of `layers` layers that is one slice.
  public static Weight inLayer(String name, int layer, int layers) {
    return new Weight(name, OptionalInt.of(layer), layers, depth(layer, layers));
  }

  /// Depth of the layer at `index` of a slice of `length` layers; that of a single layer is 1.
  public static double depth(int index, int length) {
    return length == 1 ? 1 : (double) index / (length - 1);
  }

  /// The same place under another name.
  public Weight named(String newName) {
    return new Weight(newName, layer, layers, depth);
  }
}
