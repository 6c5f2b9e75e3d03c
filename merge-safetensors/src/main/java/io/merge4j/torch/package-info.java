// SPDX-License-Identifier: Apache-2.0

/// One PyTorch file, read without running anything of it.
///
/// [io.merge4j.torch.TorchFile] is the entry. The pickle in it is a program;
/// [io.merge4j.torch.Unpickler] runs it on plain data only, with [io.merge4j.torch.Allowed] as the
/// list of what it may name. What comes out is a tree of tensors that say where their elements lie;
/// [io.merge4j.torch.StateDict] finds the model in it. Directories, shards and indexes are the
/// business of `io.merge4j.safetensors`.
package io.merge4j.torch;
