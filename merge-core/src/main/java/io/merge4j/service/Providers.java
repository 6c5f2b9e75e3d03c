// SPDX-License-Identifier: Apache-2.0
package io.merge4j.service;

import io.merge4j.MergeMethod;
import io.merge4j.model.ModelSource;
import io.merge4j.tensor.CheckpointFormat;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Stream;

/// What [ServiceLoader] finds: first with this library, then what the thread's class loader knows
/// beside it.
///
/// The thread's alone would not do: pools of threads, notebooks and containers give threads class
/// loaders that know nothing of the library.
public final class Providers {

  private Providers() {}

  /// The merge methods.
  public static Stream<MergeMethod> methods() {
    return all(loader -> ServiceLoader.load(MergeMethod.class, loader));
  }

  /// The formats of checkpoints.
  public static Stream<CheckpointFormat> formats() {
    return all(loader -> ServiceLoader.load(CheckpointFormat.class, loader));
  }

  /// Where models are looked for that are not on this machine's disk.
  public static Stream<ModelSource> sources() {
    return all(loader -> ServiceLoader.load(ModelSource.class, loader));
  }

  private static <S> Stream<S> all(Function<ClassLoader, ServiceLoader<S>> loaded) {
    ClassLoader own = Providers.class.getClassLoader();
    ClassLoader context = context();
    List<ServiceLoader.Provider<S>> known = loaded.apply(own).stream().toList();
    Stream<ServiceLoader.Provider<S>> others =
        context.equals(own)
            ? Stream.empty()
            : loaded.apply(context).stream()
                .filter(other -> known.stream().noneMatch(each -> each.type() == other.type()));
    return Stream.concat(known.stream(), others).map(ServiceLoader.Provider::get);
  }

  /// The thread's class loader, unless it has another copy of this library, whose providers are no
  /// use here.
  private static ClassLoader context() {
    ClassLoader own = Providers.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    try {
      return context != null && context.loadClass(Providers.class.getName()) == Providers.class
          ? context
          : own;
    } catch (ClassNotFoundException e) {
      return own;
    }
  }
}
