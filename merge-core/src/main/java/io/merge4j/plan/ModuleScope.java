// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Recipe;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Which tensors a module of a recipe is about.
///
/// A named module has the tensors whose name contains its name, as whole dotted parts; a module
/// without a name has those that no named one has, and so has the first one if all are named.
///
/// @param own the module's name; empty if it has none
/// @param others names of the other modules
/// @param takesRest whether it has the tensors that no module names
record ModuleScope(Optional<String> own, ImmutableList<String> others, boolean takesRest) {

  static ModuleScope of(Recipe.Module module, Recipe recipe, Problems problems, Model reference) {
    ImmutableList<String> others =
        recipe.modules().stream()
            .map(Recipe.Module::name)
            .filter(name -> !name.equals(module.name()))
            .flatMap(Optional::stream)
            .collect(ImmutableList.toImmutableList());
    boolean unnamed = recipe.modules().stream().anyMatch(other -> other.name().isEmpty());
    boolean first = recipe.modules().getFirst().name().equals(module.name());
    ModuleScope scope =
        new ModuleScope(module.name(), others, module.name().isEmpty() || (!unnamed && first));
    boolean found =
        module.name().isEmpty()
            || reference.checkpoint().specs().stream()
                .anyMatch(spec -> names(module.name().get(), spec.name()));
    if (!found) {
      problems.add(
          "Module \"%s\" names no tensors of model %s; its stacks of layers are %s"
              .formatted(module.name().get(), reference, list(reference.stacks().stacks())));
    }
    return scope;
  }

  /// Whether a name of a tensor, or of a stack, has these parts: `encoder` is no `encoder_attn`.
  private static boolean names(String module, String tensor) {
    return ("." + tensor + ".").contains(("." + module + ".").replaceAll("\\.{2,}", "."));
  }

  boolean contains(String tensor) {
    if (own.isPresent() && names(own.get(), tensor)) {
      return true;
    }
    for (String other : others) {
      if (names(other, tensor)) {
        return false;
      }
    }
    return takesRest;
  }

  /// The stack whose layers the module's slices pick, or empty with a problem.
  Optional<Stack> stack(Model model, Problems problems) {
    List<Stack> stacks =
        model.stacks().stacks().stream().filter(stack -> contains(stack.prefix())).toList();
    List<Stack> text =
        stacks.stream()
            .filter(stack -> !stack.prefix().contains("vis") && !stack.prefix().contains("audio"))
            .toList();
    List<Stack> choice = text.isEmpty() ? stacks : text;
    if (choice.isEmpty()) {
      problems.add(
          "Cannot pick layers of model %s: its tensor names show no stack of layers"
              .formatted(model));
      return Optional.empty();
    }
    boolean encoder = choice.stream().anyMatch(stack -> stack.prefix().contains("encoder"));
    boolean decoder = choice.stream().anyMatch(stack -> stack.prefix().contains("decoder"));
    if (encoder && decoder) {
      problems.add(
          "Cannot pick layers of model %s: it has several stacks, %s; name them under modules"
              .formatted(model, list(choice)));
      return Optional.empty();
    }
    return Optional.of(choice.getFirst());
  }

  private static String list(List<Stack> stacks) {
    return stacks.stream()
        .map(stack -> "%s (%d layers)".formatted(stack.prefix(), stack.length()))
        .collect(Collectors.joining(", "));
  }
}
