// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.MergeException;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The models of a recipe, open. Closing closes those that were opened here, not those that came
/// open.
public final class OpenModels implements AutoCloseable {

  private final Map<String, Model> models = new LinkedHashMap<>();
  private final Deque<Model> opened = new ArrayDeque<>();

  OpenModels() {}

  /// Opens a model unless one of that name is open; one that cannot be opened is a problem.
  void add(ModelReference reference, Problems problems) {
    if (reference.open().isPresent()) {
      addOpen(reference.open().get(), problems);
    } else {
      Path path = reference.path().orElse(null);
      String name = reference.name();
      open(name, "", path == null ? () -> Model.open(name) : () -> Model.open(path), problems);
    }
  }

  private void addOpen(Model model, Problems problems) {
    Model other = models.putIfAbsent(model.name(), model);
    boolean isOther = other != null && other != model;
    if (isOther && (model.places().isEmpty() || !model.places().equals(other.places()))) {
      problems.add(
          "Two models are called %s, expected a name for each; give them other names"
              .formatted(model));
    }
  }

  /// Opens a model or checkpoint unless one of that name is open.
  ///
  /// @param place who names it, for a problem's message
  void open(String name, String place, Problems problems) {
    open(name, place, () -> Model.open(name), problems);
  }

  private void open(String name, String place, Supplier<Model> opening, Problems problems) {
    if (models.containsKey(name)) {
      return;
    }
    try {
      Model model = opening.get();
      opened.push(model);
      models.put(name, model);
    } catch (MergeException | IllegalArgumentException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      problems.add(place + e.getMessage(), e);
    }
  }

  /// Lets another model stand for a name.
  void put(String name, Model model) {
    models.put(name, model);
  }

  /// All that are open, in the order in which they were named.
  public Stream<Model> all() {
    return models.values().stream();
  }

  /// The model of that name, if it could be opened.
  public Optional<Model> find(String name) {
    return Optional.ofNullable(models.get(name));
  }

  /// The model of that name.
  public Model get(String name) {
    return find(name)
        .orElseThrow(() -> new IllegalArgumentException("Model " + name + " is not open"));
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
