// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableSet;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The index of a checkpoint in several files, as far as it tells what to download.
final class ShardIndex {

  private ShardIndex() {}

  /// Names of the files that hold the weights.
  ///
  /// @param subject names the index in messages
  /// @throws HubException if it is no index, or names files outside the repository
  static ImmutableSet<String> shards(Path index, String subject) {
    try {
      JsonNode map = JsonMapper.shared().readTree(Files.readString(index)).path("weight_map");
      ImmutableSet.Builder<String> shards = ImmutableSet.builder();
      for (JsonNode shard : map.values()) {
        RepositoryPath.check(shard.asString());
        shards.add(shard.asString());
      }
      return shards.build();
    } catch (JacksonException | IllegalArgumentException e) {
      throw new HubException(Reason.CORRUPT, "Cannot read " + subject + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw LocalErrors.of(e, "read " + subject, index);
    }
  }
}
