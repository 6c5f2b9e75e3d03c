// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteStreams;
import com.google.common.primitives.Primitives;
import io.merge4j.Input;
import io.merge4j.MergeMethod;
import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.PlannedWeight;
import io.merge4j.Version;
import io.merge4j.Weight;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.plan.Plan;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/// Everything the bytes of the finished tensors depend on, so that they are taken over only by a
/// merge that would write the same.
///
/// @param parts digests and the like, by what they are of in words
record Identity(ImmutableMap<String, String> parts) {

  /// Against accidents; quicker than a cryptographic one in a JVM that has just started.
  private static final HashFunction DIGEST = Hashing.murmur3_128();

  /// What this merge's tensors depend on; models are fetched already.
  ///
  /// @return empty if that cannot be told: tensors in memory, a method without a class file
  static Optional<Identity> of(Plan plan, Output output, InputFiles inputs) throws IOException {
    ImmutableMap.Builder<String, String> parts = ImmutableMap.builder();
    parts.put("merge4j's version", Version.TEXT);
    Optional<String> method = code(plan.plan().method());
    if (method.isEmpty()) {
      return Optional.empty();
    }
    parts.put("the method", method.get());
    parts.put("the recipe", recipe(plan.plan()));
    parts.put("the output's settings", settings(plan.plan().layout(), output));
    plan.vocabulary()
        .ifPresent(vocabulary -> parts.put("the vocabulary", vocabulary.rows().digest()));
    for (Model model : plan.models().all().toList()) {
      ImmutableList<SourceFile> files = inputs.of(model);
      if (files.isEmpty()) {
        return Optional.empty();
      }
      parts.put("the configuration of " + model, text(model.config()));
      for (SourceFile file : files) {
        parts.put(
            "file %s of %s".formatted(file.path(), model),
            file.bytes() + " bytes, " + file.modified() + ", " + file.digest());
      }
    }
    return Optional.of(new Identity(parts.buildKeepingLast()));
  }

  /// A method of the user's own changes without a new version of this library, and so do the
  /// classes that are nested in it, as its blends; those in other files are taken to stay. One with
  /// a state that its text does not tell for certain has no identity.
  private static Optional<String> code(MergeMethod method) throws IOException {
    if (!isTold(method.getClass())) {
      return Optional.empty();
    }
    Class<?>[] members = method.getClass().getNestHost().getNestMembers();
    Arrays.sort(members, Comparator.comparing(Class::getName));
    Hasher hasher = DIGEST.newHasher();
    for (Class<?> member : members) {
      String file = member.getName().substring(member.getName().lastIndexOf('.') + 1) + ".class";
      try (InputStream in = member.getResourceAsStream(file)) {
        if (in == null) {
          return Optional.empty();
        }
        hasher.putBytes(ByteStreams.toByteArray(in));
      }
    }
    return Optional.of(method.getClass().getName() + " " + hasher.hash() + " " + state(method));
  }

  /// Nothing of a record without components, for the texts of records cost time when a program
  /// starts.
  private static String state(MergeMethod method) {
    Class<?> type = method.getClass();
    boolean hasText =
        type.isRecord() ? type.getRecordComponents().length > 0 : method instanceof Enum;
    return hasText ? method.toString() : "";
  }

  /// Whether there is no state, or that of an enum or a record of plain values.
  private static boolean isTold(Class<?> type) {
    if (type.isEnum()) {
      return true;
    }
    if (type.isRecord()) {
      return Arrays.stream(type.getRecordComponents())
          .map(RecordComponent::getType)
          .allMatch(each ->
              each.isEnum() || each == String.class || Primitives.unwrap(each).isPrimitive());
    }
    boolean hasState =
        Arrays.stream(type.getDeclaredFields())
            .anyMatch(field -> !Modifier.isStatic(field.getModifiers()));
    Class<?> parent = type.getSuperclass();
    return !hasState && (parent == null || isTold(parent));
  }

  /// It says which tensors are tied, and which dimension counts tokens.
  private static String text(ModelConfig config) {
    return DIGEST.hashUnencodedChars(config.toString()).toString();
  }

  /// Written out part by part, since the texts of records cost time when a program starts.
  private static String recipe(MergePlan plan) {
    Hasher hasher = DIGEST.newHasher();
    for (PlannedWeight planned : plan.weights()) {
      Weight weight = planned.weight();
      put(hasher, weight.name(), weight.layer(), weight.layers(), weight.depth(), planned.copied());
      for (Input input : planned.inputs()) {
        put(hasher, input.model());
        put(hasher, input.tensor());
      }
      put(hasher, planned.models().size(), planned.base().isPresent());
      planned
          .origins()
          .forEach(
              origin -> put(hasher, origin.parameter().name(), origin.model(), origin.value()));
    }
    return hasher.hash().toString();
  }

  private static String settings(CheckpointLayout layout, Output output) {
    Hasher hasher = DIGEST.newHasher();
    put(hasher, output.seed().orElse(0), output.strict(), layout.metadata());
    for (CheckpointLayout.Shard shard : layout.shards()) {
      put(hasher, shard.file());
      shard.tensors().forEach(spec -> put(hasher, spec));
    }
    return hasher.hash().toString();
  }

  /// All of these have a text that tells them apart.
  private static void put(Hasher hasher, Object... things) {
    for (Object thing : things) {
      hasher.putUnencodedChars(thing.toString()).putChar('\n');
    }
  }

  private static void put(Hasher hasher, TensorSpec spec) {
    put(hasher, spec.name(), spec.dtype(), spec.shape().dimensions());
  }

  /// What differs from `other`, in words.
  ImmutableList<String> differences(Identity other) {
    return Sets.union(parts.keySet(), other.parts.keySet()).stream()
        .filter(part -> !Objects.equals(parts.get(part), other.parts.get(part)))
        .collect(ImmutableList.toImmutableList());
  }
}
