// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The stacks of layers of a model, found in its tensor names: `<prefix>.<layer>.<rest>`.
///
/// The first number of a name is the layer; a later one, say an expert's, is part of the rest. A
/// prefix whose numbers run from 0 without a gap and whose layers hold at least [#LEAST_TENSORS]
/// tensors on average is a stack; so numbered parts of a projector or a classifier are none. No
/// list of model families is involved.
///
/// @param stacks by descending number of elements, so that the language model comes first
public record LayerStacks(ImmutableList<Stack> stacks) {

  /// Tensors that a layer must have on average; every transformer block and state-space mixer has
  /// more.
  static final int LEAST_TENSORS = 4;

  /// One stack.
  ///
  /// @param prefix what stands before the number, with its dot: `model.layers.`; may be empty
  /// @param length number of layers
  /// @param elements number of elements of all its tensors
  public record Stack(String prefix, int length, long elements) {

    /// Name of tensor `rest` of layer `layer`.
    public String name(int layer, String rest) {
      return prefix + layer + "." + rest;
    }
  }

  /// A tensor's place in a stack.
  ///
  /// @param rest its name inside the layer
  public record Place(Stack stack, int layer, String rest) {}

  /// Finds the stacks in the tensors of a checkpoint.
  public static LayerStacks of(Iterable<TensorSpec> specs) {
    ImmutableList.Builder<Stack> stacks = ImmutableList.builder();
    counted(specs)
        .forEach((prefix, layers) -> {
          int length = layers.tensors.size();
          int tensors = layers.tensors.values().stream().mapToInt(Integer::intValue).sum();
          boolean gapless = layers.tensors.lastKey() == length - 1;
          if (gapless && tensors >= LEAST_TENSORS * length) {
            stacks.add(new Stack(prefix, length, layers.elements));
          }
        });
    return ordered(stacks.build());
  }

  /// Finds the stacks of a model in what an adapter changes in it, which may be one tensor of each
  /// layer, or of some layers alone. Every prefix with numbers is taken for a stack.
  ///
  /// @param base the stacks of the model, if they are known; else the last layer that is changed is
  ///   taken for the last one
  public static LayerStacks ofAdapter(Iterable<TensorSpec> specs, Optional<LayerStacks> base) {
    ImmutableList.Builder<Stack> stacks = ImmutableList.builder();
    counted(specs)
        .forEach((prefix, layers) -> {
          int known = base.flatMap(own -> own.find(prefix)).map(Stack::length).orElse(0);
          int length = Math.max(known, layers.tensors.lastKey() + 1);
          stacks.add(new Stack(prefix, length, layers.elements));
        });
    return ordered(stacks.build());
  }

  private static LayerStacks ordered(List<Stack> stacks) {
    return new LayerStacks(
        stacks.stream().sorted(LayerStacks::largestFirst).collect(ImmutableList.toImmutableList()));
  }

  /// What has one prefix: the number of tensors of each layer, and of elements of all.
  private static final class Counted {
    private final TreeMap<Integer, Integer> tensors = new TreeMap<>();
    private long elements;
  }

  private static Map<String, Counted> counted(Iterable<TensorSpec> specs) {
    Map<String, Counted> counted = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      Numbered.in(spec.name())
          .ifPresent(name -> {
            Counted layers = counted.computeIfAbsent(name.prefix, prefix -> new Counted());
            layers.tensors.merge(name.layer, 1, Integer::sum);
            layers.elements += spec.elements();
          });
    }
    return counted;
  }

  private static int largestFirst(Stack a, Stack b) {
    int elements = Long.compare(b.elements, a.elements);
    return elements == 0 ? a.prefix.compareTo(b.prefix) : elements;
  }

  /// Where `name` stands, if it belongs to a stack.
  public Optional<Place> locate(String name) {
    return Numbered.in(name)
        .flatMap(numbered ->
            find(numbered.prefix).map(stack -> new Place(stack, numbered.layer, numbered.rest)));
  }

  /// The stack with that prefix.
  public Optional<Stack> find(String prefix) {
    return stacks.stream().filter(stack -> stack.prefix().equals(prefix)).findFirst();
  }

  /// A name taken apart at its first number.
  private record Numbered(String prefix, int layer, String rest) {

    private static final int MOST_DIGITS = 6;

    static Optional<Numbered> in(String name) {
      int start = 0;
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', start)) {
        if (isNumber(name, start, dot) && dot + 1 < name.length()) {
          int layer = Integer.parseInt(name, start, dot, 10);
          return Optional.of(
              new Numbered(name.substring(0, start), layer, name.substring(dot + 1)));
        }
        start = dot + 1;
      }
      return Optional.empty();
    }

    /// Decimal, without leading zeros, and short. Asked of every part of every name, so it makes no
    /// objects.
    private static boolean isNumber(String name, int from, int to) {
      boolean plain = to - from == 1 || (to > from && name.charAt(from) != '0');
      if (!plain || to - from > MOST_DIGITS) {
        return false;
      }
      for (int i = from; i < to; i++) {
        if (name.charAt(i) < '0' || name.charAt(i) > '9') {
          return false;
        }
      }
      return true;
    }
  }
}
