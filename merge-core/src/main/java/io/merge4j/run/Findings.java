// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.PlannedWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What was noticed in single weights, by weight.
final class Findings {

  private final Map<String, List<String>> texts = new ConcurrentHashMap<>();

  void add(String weight, String text) {
    texts.compute(
        weight,
        (name, known) -> {
          List<String> list = known == null ? new ArrayList<>() : known;
          list.add(text);
          return list;
        });
  }

  /// What was noticed in one weight.
  ImmutableList<String> of(String weight) {
    return ImmutableList.copyOf(texts.getOrDefault(weight, List.of()));
  }

  /// All findings in the order of the plan.
  ImmutableMap<String, ImmutableList<String>> inOrderOf(List<PlannedWeight> weights) {
    ImmutableMap.Builder<String, ImmutableList<String>> ordered = ImmutableMap.builder();
    for (PlannedWeight weight : weights) {
      List<String> found = texts.get(weight.output().name());
      if (found != null) {
        ordered.put(weight.output().name(), ImmutableList.sortedCopyOf(found));
      }
    }
    return ordered.build();
  }
}
