// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A checkpoint to whose files something happens before a tensor is taken from it.
///
/// @param tensor the name of that tensor
/// @param times how many times it has yet to be looked for until then
record Disturbed(Checkpoint real, String tensor, AtomicInteger times, Runnable event)
    implements Checkpoint {

  /// A model on top of it, with no configuration.
  static Model model(Checkpoint real, String tensor, int times, Runnable event) {
    return Model.of(
        "disturbed",
        new Disturbed(real, tensor, new AtomicInteger(times), event),
        ModelConfig.EMPTY,
        Optional.empty());
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return real.specs();
  }

  @Override
  public Optional<Tensor> find(String name) {
    if (name.equals(tensor) && times.decrementAndGet() == 0) {
      event.run();
    }
    return real.find(name);
  }

  @Override
  public ImmutableList<SourceFile> files() {
    return real.files();
  }

  @Override
  public void close() {
    real.close();
  }
}
