// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// Hugging Face repositories: ids, cache, download, upload, cards, lineage.
@NullMarked
module io.merge4j.hub {
  requires transitive io.merge4j.safetensors;
  requires transitive java.net.http;
  requires static org.jspecify;

  exports io.merge4j.hub;

  provides io.merge4j.model.ModelSource with
      io.merge4j.hub.HubModels;
}
