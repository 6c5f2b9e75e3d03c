// SPDX-License-Identifier: Apache-2.0

/// A model as a whole: its checkpoint, its configuration, and the layers found in its tensor names.
///
/// There is no list of model families. Start with [io.merge4j.model.Model] and
/// [io.merge4j.model.LayerStacks].
package io.merge4j.model;
