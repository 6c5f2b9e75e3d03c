// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// All files of a repository at one commit.
///
/// Kept in the cache as `trees/<commit>.json`, in the format of huggingface_hub 1.33.0
/// (`_tree_cache.py`), which believes it when it works offline.
///
/// @param files sorted by path
/// @param xetHashes by path, for the files that have one; passed on for other programs
record FileTree(ImmutableList<RepositoryFile> files, ImmutableMap<String, String> xetHashes) {

  private static final int FORMAT_VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Collects the pages of the answer to a tree request.
  static final class Pages {
    private final List<RepositoryFile> files = new ArrayList<>();
    private final Map<String, String> xetHashes = new HashMap<>();

    /// Adds a page, a JSON array of entries; directories are left out.
    ///
    /// @throws IllegalArgumentException if an entry is not what a tree holds
    void add(JsonNode page) {
      if (!page.isArray()) {
        throw new IllegalArgumentException("the list of files is not a list");
      }
      for (JsonNode entry : page.values()) {
        if (!entry.path("type").asString("").equals("file")) {
          continue;
        }
        String path = entry.required("path").asString();
        String oid = entry.required("oid").asString();
        String etag = entry.path("lfs").path("oid").asString(oid);
        files.add(file(path, entry.required("size").asLong(), oid, etag));
        if (entry.hasNonNull("xetHash")) {
          xetHashes.put(path, entry.path("xetHash").asString());
        }
      }
    }

    FileTree finish() {
      files.sort(Comparator.comparing(RepositoryFile::path));
      return new FileTree(ImmutableList.copyOf(files), ImmutableMap.copyOf(xetHashes));
    }
  }

  /// A file whose hashes are hashes: the cache makes file names of them.
  private static RepositoryFile file(String path, long size, String blobId, String etag) {
    RepositoryFile file = new RepositoryFile(path, size, blobId, etag);
    if (!ContentHash.isHash(blobId) || !ContentHash.isHash(etag)) {
      throw new IllegalArgumentException(
          "Invalid hash of file \"" + path + "\": expected 40 or 64 hexadecimal digits");
    }
    return file;
  }

  /// The file at that path, if there is one.
  Optional<RepositoryFile> find(String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  /// The cached form.
  String toJson() {
    ObjectNode root = JSON.createObjectNode().put("format_version", FORMAT_VERSION);
    ObjectNode byPath = root.putObject("files");
    for (RepositoryFile file : files) {
      ObjectNode entry = byPath.putObject(file.path());
      entry.put("size", file.size()).put("blob_id", file.blobId());
      if (file.isLfs()) {
        entry.put("lfs_sha256", file.etag()).put("lfs_size", file.size());
      }
      String xetHash = xetHashes.get(file.path());
      if (xetHash != null) {
        entry.put("xet_hash", xetHash);
      }
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }

  /// Reads the cached form; nothing if it is damaged or of a later version, as huggingface_hub
  /// does.
  static Optional<FileTree> fromJson(String json) {
    Pages pages = new Pages();
    try {
      JsonNode root = JSON.readTree(json);
      if (root.path("format_version").asInt(0) != FORMAT_VERSION) {
        return Optional.empty();
      }
      for (Map.Entry<String, JsonNode> file : root.required("files").properties()) {
        JsonNode entry = file.getValue();
        String blobId = entry.required("blob_id").asString();
        String etag = entry.path("lfs_sha256").asString(blobId);
        long size = entry.required("size").asLong();
        pages.files.add(file(file.getKey(), size, blobId, etag));
        if (entry.hasNonNull("xet_hash")) {
          pages.xetHashes.put(file.getKey(), entry.path("xet_hash").asString());
        }
      }
    } catch (JacksonException | IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.of(pages.finish());
  }
}
