// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

/// Where a layer of a new stack comes from.
///
/// @param config configuration of the model it is taken from
/// @param layer its number there
public record LayerOrigin(ModelConfig config, int layer) {}
