// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The models of a recipe, open. Closing closes those that were opened here, not those that came
/// open.
public final class OpenModels implements AutoCloseable {

  private final Map<String, Model> models = new HashMap<>();
  private final Deque<Model> opened = new ArrayDeque<>();

  private OpenModels() {}

  /// Opens all models; those that cannot be opened are problems.
  static OpenModels open(ImmutableList<ModelReference> references, Problems problems) {
    OpenModels open = new OpenModels();
    try {
      references.forEach(reference -> open.add(reference, problems));
      return open;
    } catch (RuntimeException | Error e) {
      open.close();
      throw e;
    }
  }

  private void add(ModelReference reference, Problems problems) {
    if (reference.open().isPresent()) {
      models.put(reference.name(), reference.open().get());
      return;
    }
    try {
      Model model = Model.open(reference.name());
      opened.push(model);
      models.put(reference.name(), model);
    } catch (MergeException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
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
