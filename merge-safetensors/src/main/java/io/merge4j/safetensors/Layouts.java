// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Decides which tensor goes to which file and in which order, as the reference tools do.
final class Layouts {

  private Layouts() {}

  /// See [SafetensorsFormat#layout].
  static CheckpointLayout layout(
      ImmutableList<TensorSpec> specs, long maxShardBytes, Map<String, String> metadata) {
    if (maxShardBytes <= 0) {
      throw new IllegalArgumentException(
          "Shard size: found %d bytes, expected more than 0".formatted(maxShardBytes));
    }
    check(specs);
    ImmutableMap<String, String> strings = complete(metadata);
    List<List<TensorSpec>> groups = split(specs, maxShardBytes);
    ImmutableList.Builder<Shard> shards = ImmutableList.builder();
    for (int i = 0; i < groups.size(); i++) {
      String file =
          groups.size() == 1
              ? SafetensorsFormat.SINGLE
              : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, groups.size());
      shards.add(shard(file, groups.get(i), strings));
    }
    return new CheckpointLayout(shards.build(), strings);
  }

  /// One file of any name.
  static CheckpointLayout single(
      String file, ImmutableList<TensorSpec> specs, Map<String, String> metadata) {
    check(specs);
    ImmutableMap<String, String> strings = complete(metadata);
    return new CheckpointLayout(ImmutableList.of(shard(file, specs, strings)), strings);
  }

  private static int inOrderOfFile(TensorSpec a, TensorSpec b) {
    int widest = b.dtype().compareTo(a.dtype());
    return widest == 0 ? Names.compare(a.name(), b.name()) : widest;
  }

  private static Shard shard(
      String file, List<TensorSpec> specs, ImmutableMap<String, String> metadata) {
    ImmutableList<TensorSpec> ordered =
        specs.stream().sorted(Layouts::inOrderOfFile).collect(toImmutableList());
    int header = HeaderWriter.header(ordered, metadata).length;
    long bytes = SafetensorsHeader.LENGTH_BYTES + (long) header + dataBytes(ordered);
    return new Shard(file, bytes, ordered);
  }

  static long dataBytes(List<TensorSpec> specs) {
    return specs.stream().mapToLong(TensorSpec::bytes).sum();
  }

  /// Fills one shard after the other; a tensor beyond the limit goes alone, while the current shard
  /// stays open for the next ones.
  private static List<List<TensorSpec>> split(List<TensorSpec> specs, long maxShardBytes) {
    List<List<TensorSpec>> shards = new ArrayList<>();
    List<TensorSpec> current = new ArrayList<>();
    long size = 0;
    for (TensorSpec spec : specs) {
      long bytes = spec.bytes();
      if (bytes > maxShardBytes) {
        shards.add(List.of(spec));
        continue;
      }
      if (bytes > maxShardBytes - size) {
        shards.add(current);
        current = new ArrayList<>();
        size = 0;
      }
      current.add(spec);
      size += bytes;
    }
    if (!current.isEmpty() || shards.isEmpty()) {
      shards.add(current);
    }
    return shards;
  }

  private static void check(ImmutableList<TensorSpec> specs) {
    Set<String> names = new HashSet<>();
    long total = 0;
    for (TensorSpec spec : specs) {
      String name = spec.name();
      if (name.equals(HeaderParser.METADATA)) {
        throw new IllegalArgumentException(
            "Tensor %s: the format keeps this name for itself; rename the tensor".formatted(name));
      }
      requireUnicode(name);
      if (!names.add(name)) {
        throw new IllegalArgumentException(
            "Tensor %s: found twice, expected unique names".formatted(Names.quote(name)));
      }
      try {
        total = Math.addExact(total, spec.bytes());
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("Tensor %s can't be stored".formatted(spec), e);
      }
    }
  }

  private static ImmutableMap<String, String> complete(Map<String, String> metadata) {
    Map<String, String> complete = new TreeMap<>(Names::compare);
    complete.putAll(metadata);
    complete.putIfAbsent("format", "pt");
    complete.forEach((key, value) -> {
      requireUnicode(key);
      requireUnicode(value);
    });
    return ImmutableMap.copyOf(complete);
  }

  private static void requireUnicode(String text) {
    if (!Names.isUnicode(text)) {
      throw new IllegalArgumentException(
          "%s: found a lone surrogate, expected Unicode text; the format stores UTF-8"
              .formatted(Names.quote(text)));
    }
  }
}
