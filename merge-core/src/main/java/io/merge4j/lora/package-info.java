// SPDX-License-Identifier: Apache-2.0

/// Adapters made of models: what a fine-tuned model changed, as a LoRA adapter.
///
/// [io.merge4j.lora.Extraction] is the entry. [io.merge4j.lora.Truncation] takes a matrix of
/// differences apart, row by row and never held as a whole; [io.merge4j.lora.AdapterFiles] writes
/// what PEFT reads. Adapters as inputs of merges are the business of `io.merge4j.adapter`.
package io.merge4j.lora;
