// SPDX-License-Identifier: Apache-2.0
/// Hugging Face repositories: ids, cache, download, upload, cards, lineage.
package io.merge4j.hub;
