// SPDX-License-Identifier: Apache-2.0
/// Checkpoints on disk: safetensors files, sharded directories, PyTorch files.
package io.merge4j.safetensors;
