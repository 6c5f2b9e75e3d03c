// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// Which shard holds which tensor, as `model.safetensors.index.json` or
/// `pytorch_model.bin.index.json` says.
///
/// Only its `weight_map` is read: sizes in its `metadata` are often wrong and never needed. It must
/// not lie: every tensor it names must be in the shard it says, and no tensor in two shards, since
/// it would be left to chance which one is merged. Tensors of the shards that it does not name are
/// taken all the same, as transformers does, so that a merge holds what the model holds in use.
///
/// @param file the index itself
/// @param weightMap tensor to shard, both as in the index
record ShardIndex(Path file, ImmutableMap<String, String> weightMap) {

  static final String SUFFIX = ".safetensors.index.json";
  static final String SHARD_SUFFIX = ".safetensors";
  static final String TORCH_SUFFIX = ".bin.index.json";
  private static final String TORCH_SHARD_SUFFIX = ".bin";

  private static final String WEIGHT_MAP = "weight_map";

  /// Ten times what the Hub's own client allows, since the index of a model of some hundred
  /// thousand tensors, as mixtures of experts have, passes 10 MB.
  private static final int MAX_BYTES = 100 << 20;

  /// Far more than any model has, and few enough for a small heap.
  private static final int MOST_TENSORS = 1_000_000;

  private static final Splitter SEPARATORS = Splitter.on(CharMatcher.anyOf("/\\"));

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static ShardIndex read(Path file) throws IOException {
    byte[] text = bytes(file);
    if (Utf8Reader.firstInvalid(ByteBuffer.wrap(text)) >= 0) {
      throw malformed(file, "it is not UTF-8", null);
    }
    try (JsonParser json =
        JSON.createParser(ObjectReadContext.empty(), new Utf8Reader(ByteBuffer.wrap(text)))) {
      ShardIndex index = new ShardIndex(file, weightMap(file, json));
      index.checkNames();
      return index;
    } catch (JacksonException e) {
      throw malformed(file, e.getOriginalMessage(), e);
    }
  }

  /// The shards in the order of their names.
  ImmutableList<Path> paths() throws SafetensorsException {
    ImmutableSortedSet<String> shards = ImmutableSortedSet.copyOf(weightMap.values());
    ImmutableList<String> missing =
        shards.stream()
            .filter(shard -> !Files.exists(file.resolveSibling(shard)))
            .collect(toImmutableList());
    if (!missing.isEmpty()) {
      throw new SafetensorsException(
          Reason.MISSING_SHARD,
          ("Missing shard %s: found %d of %d shards, expected all beside the index; "
                  + "fetch the others")
              .formatted(missing.getFirst(), shards.size() - missing.size(), shards.size()),
          file.toString(),
          null);
    }
    return shards.stream().map(file::resolveSibling).collect(toImmutableList());
  }

  /// Checks that the index tells the truth.
  void check(ImmutableList<? extends Shard> shards) throws SafetensorsException {
    Map<String, Shard> found = new HashMap<>();
    for (Shard shard : shards) {
      for (TensorSpec spec : shard.specs()) {
        String tensor = spec.name();
        Shard other = found.put(tensor, shard);
        if (other != null) {
          throw new SafetensorsException(
              Reason.DUPLICATE_TENSOR,
              "Tensor %s is in two shards, %s and %s, expected one; remove the shard that is stale"
                  .formatted(Names.quote(tensor), other.name(), shard.name()),
              file.toString(),
              null);
        }
      }
    }
    for (Map.Entry<String, String> named : weightMap.entrySet()) {
      Shard shard = found.get(named.getKey());
      if (shard == null || !shard.name().equals(file.resolveSibling(named.getValue()).toString())) {
        throw new SafetensorsException(
            Reason.INDEX_MISMATCH,
            ("The index is wrong of tensor %s: found in %s, expected in %s; "
                    + "fetch index and shards again")
                .formatted(
                    Names.quote(named.getKey()),
                    shard == null ? "no shard" : shard.name(),
                    named.getValue()),
            file.toString(),
            null);
      }
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    Mapping.requireRegular(file);
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw malformed(file, "%d bytes, at most %d are allowed".formatted(size, MAX_BYTES), null);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw SafetensorsException.unreadable(file, e);
    }
  }

  private static ImmutableMap<String, String> weightMap(Path file, JsonParser json)
      throws SafetensorsException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw malformed(file, "it is no object", null);
    }
    ImmutableMap<String, String> weightMap = ImmutableMap.of();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = json.currentName().equals(WEIGHT_MAP);
      json.nextToken();
      if (wanted) {
        weightMap = strings(file, json);
      } else {
        json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw malformed(file, "there is more text after its object", null);
    }
    if (weightMap.isEmpty()) {
      throw malformed(file, "it has no weight_map that names a shard", null);
    }
    return weightMap;
  }

  private static ImmutableMap<String, String> strings(Path file, JsonParser json)
      throws SafetensorsException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw malformed(file, "weight_map is no object", null);
    }
    ImmutableMap.Builder<String, String> strings = ImmutableMap.builder();
    Map<String, String> shards = new HashMap<>();
    int count = 0;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String tensor = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw malformed(file, "the shard of %s is no string".formatted(Names.quote(tensor)), null);
      }
      strings.put(tensor, shards.computeIfAbsent(json.getString(), shard -> shard));
      if (++count > MOST_TENSORS) {
        throw malformed(file, "it names more than %d tensors".formatted(MOST_TENSORS), null);
      }
    }
    return strings.buildOrThrow();
  }

  /// Refuses names that lead out of the directory, under the rules of Windows or POSIX.
  private void checkNames() throws SafetensorsException {
    String suffix = file.toString().endsWith(TORCH_SUFFIX) ? TORCH_SHARD_SUFFIX : SHARD_SUFFIX;
    for (String shard : ImmutableSortedSet.copyOf(weightMap.values())) {
      boolean leadsOut =
          shard.startsWith("/")
              || shard.startsWith("\\")
              || shard.indexOf('\0') >= 0
              || (shard.length() > 1 && shard.charAt(1) == ':')
              || SEPARATORS.splitToStream(shard).anyMatch(".."::equals);
      if (leadsOut || !shard.endsWith(suffix)) {
        throw new SafetensorsException(
            Reason.UNSAFE_SHARD_NAME,
            "Unsafe shard name %s: expected the relative path of a %s file; do not trust this index"
                .formatted(Names.quote(shard), suffix),
            file.toString(),
            null);
      }
    }
  }

  private static SafetensorsException malformed(
      Path file, String problem, @Nullable Exception cause) {
    return new SafetensorsException(
        Reason.INVALID_INDEX,
        "Invalid index: %s; fetch it again".formatted(problem),
        file.toString(),
        cause);
  }
}
