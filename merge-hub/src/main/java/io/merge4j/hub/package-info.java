// SPDX-License-Identifier: Apache-2.0

/// Hugging Face repositories: ids, cache, download, upload, cards, lineage.
///
/// Start at [io.merge4j.hub.Hub]: it opens a repository at a revision as a
/// [io.merge4j.hub.Snapshot], which lists, reads and downloads files. The cache on disk is the one
/// of huggingface_hub. [io.merge4j.hub.Hub#upload] publishes a directory.
/// [io.merge4j.hub.HubModels] lets recipes name repositories. Nothing here knows what is in a
/// model; choosing the files of a merge goes by name.
package io.merge4j.hub;
