// SPDX-License-Identifier: Apache-2.0

/// Adapters of PEFT: applied to a model while it is read, taken apart to be merged with others, and
/// written.
///
/// [io.merge4j.adapter.Adaptation] fits an adapter to its base: it reads
/// [io.merge4j.adapter.AdapterConfig], sorts the adapter's tensors by what they change, and gives
/// an [io.merge4j.adapter.AdaptedCheckpoint]. That computes a changed tensor block by block, see
/// [io.merge4j.adapter.LowRankUpdate]; no merged copy is ever made. [io.merge4j.adapter.Deltas] is
/// an adapter without its base, and [io.merge4j.adapter.AdapterFiles] writes one.
package io.merge4j.adapter;
