// SPDX-License-Identifier: Apache-2.0

/// Adapters made of models: what a fine-tuned model changed, as a LoRA adapter.
///
/// [io.merge4j.lora.Extraction] is the entry. Adapters as inputs of merges, and the files of an
/// adapter, are the business of `io.merge4j.adapter`.
package io.merge4j.lora;
