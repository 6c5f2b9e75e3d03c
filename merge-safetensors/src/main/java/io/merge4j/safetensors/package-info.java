// SPDX-License-Identifier: Apache-2.0

/// Checkpoints on disk: safetensors files, sharded directories, PyTorch files.
///
/// [io.merge4j.safetensors.Safetensors] opens and writes in one line;
/// [io.merge4j.safetensors.SafetensorsFormat] is what the engine finds;
/// [io.merge4j.safetensors.SafetensorsHeader] looks at a header alone, also one that lies
/// elsewhere. Files are mapped to be read and written by position, never mapped to be written.
/// Start with `Safetensors`.
package io.merge4j.safetensors;
