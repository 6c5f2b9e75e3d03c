// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.torch.Pickled.TensorView;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Finds the model in what a file holds.
///
/// That is a dictionary of tensors by name, or one inside a dictionary: under a name that training
/// programs use for it, or under the only name that has tensors. What stands beside the tensors,
/// such as the number of the epoch or the state of the optimiser, is left out.
///
/// @param file the file's name, for messages
record StateDict(String file) {

  /// Where training programs put it, most specific first.
  private static final ImmutableList<String> USUAL =
      ImmutableList.of(
          "state_dict", "model_state_dict", "model", "module", "net", "params_ema", "params");

  /// Dictionaries in dictionaries: more than any program makes.
  private static final int DEEPEST = 8;

  /// The tensors by name, in the order of the file.
  ImmutableMap<String, TensorView> find(Pickled root) throws TorchException {
    if (!(root instanceof Pickled.Dict dictionary)) {
      throw new TorchException(
          "No state_dict: found a %s, expected a dictionary of tensors; save model.state_dict()"
              .formatted(root.getClass().getSimpleName()),
          file);
    }
    for (int depth = 0; depth < DEEPEST; depth++) {
      Map<String, Pickled.Dict> filled = new LinkedHashMap<>();
      Map<String, Pickled.Dict> others = new LinkedHashMap<>();
      sort(dictionary, filled, others);
      for (String usual : USUAL) {
        Pickled.Dict found = filled.get(usual);
        if (found != null) {
          return tensors(found);
        }
      }
      ImmutableMap<String, TensorView> tensors = tensors(dictionary);
      if (!tensors.isEmpty()) {
        return tensors;
      }
      if (!filled.isEmpty()) {
        return only(filled);
      }
      Pickled.Dict deeper =
          USUAL.stream().filter(others::containsKey).findFirst().map(others::get).orElse(null);
      if (deeper == null) {
        break;
      }
      dictionary = deeper;
    }
    throw new TorchException(
        "No state_dict: found a dictionary without tensors; save model.state_dict()", file);
  }

  private ImmutableMap<String, TensorView> only(Map<String, Pickled.Dict> filled)
      throws TorchException {
    if (filled.size() > 1) {
      throw new TorchException(
          "Several dictionaries of tensors: %s; save the one that is meant on its own"
              .formatted(
                  filled.keySet().stream()
                      .limit(10)
                      .map(Quoted::of)
                      .collect(Collectors.joining(", "))),
          file);
    }
    return tensors(filled.values().iterator().next());
  }

  /// Sorts the dictionaries of a dictionary by whether there are tensors right in them; each is
  /// looked through once, however often it occurs.
  private static void sort(
      Pickled.Dict dictionary, Map<String, Pickled.Dict> filled, Map<String, Pickled.Dict> others) {
    IdentityHashMap<Pickled.Dict, Boolean> known = new IdentityHashMap<>();
    List<Pickled> entries = dictionary.entries();
    for (int i = 0; i < entries.size(); i += 2) {
      if (entries.get(i) instanceof Pickled.Text(var name)
          && entries.get(i + 1) instanceof Pickled.Dict inner) {
        (known.computeIfAbsent(inner, StateDict::hasTensors) ? filled : others).put(name, inner);
      }
    }
  }

  private static boolean hasTensors(Pickled.Dict dictionary) {
    List<Pickled> entries = dictionary.entries();
    for (int i = 0; i < entries.size(); i += 2) {
      if (entries.get(i) instanceof Pickled.Text && entries.get(i + 1) instanceof TensorView) {
        return true;
      }
    }
    return false;
  }

  private ImmutableMap<String, TensorView> tensors(Pickled.Dict dictionary) throws TorchException {
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    List<Pickled> entries = dictionary.entries();
    for (int i = 0; i < entries.size(); i += 2) {
      if (entries.get(i) instanceof Pickled.Text(var name)
          && entries.get(i + 1) instanceof TensorView view
          && tensors.put(name, view) != null) {
        throw new TorchException(
            "Tensor %s occurs twice, expected one of each name; the file is damaged"
                .formatted(Quoted.of(name)),
            file);
      }
    }
    return ImmutableMap.copyOf(tensors);
  }
}
