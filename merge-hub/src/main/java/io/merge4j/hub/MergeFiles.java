// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Which files of a repository a merge needs: one copy of the weights, configuration, tokenizer,
/// and the same of each module of a sentence-transformers model, if its weights are one file.
///
/// Repositories hold the same weights in several formats and precisions. Of those at the top of the
/// repository the first present is taken, in the order in which transformers looks: `model`, its
/// index, then the same as `pytorch_model`; safetensors before pickles. An adapter is one more
/// model, chosen the same way. Variants (`model.fp16.safetensors`), other formats (GGUF, ONNX,
/// TensorFlow, Flax), optimizer states, images and other sub-directories are left out.
final class MergeFiles {

  private static final List<String> STEMS = List.of("model.safetensors", "pytorch_model.bin");
  private static final List<String> ADAPTERS =
      List.of("adapter_model.safetensors", "adapter_model.bin");
  private static final String INDEX = ".index.json";
  private static final Pattern OTHER_WEIGHTS =
      Pattern.compile("(?!consolidated|pytorch_model|model\\.|adapter_model).*\\.safetensors");
  private static final Pattern CONSOLIDATED =
      Pattern.compile("consolidated.*\\.safetensors|consolidated\\.\\d+\\.pth");
  private static final Pattern SIDE_FILES =
      Pattern.compile(
          "[^/]+\\.(json|txt|model|tiktoken|jinja|spm|py|md|ya?ml)|LICENSE.*|NOTICE.*"
              + "|USE_POLICY.*|(additional_)?chat_templates/[^/]+\\.jinja",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern NOT_WANTED =
      Pattern.compile(
          ".*\\.index(\\.[^.]+)?\\.json|(trainer_state|all_results|train_results|eval_results)\\.json"
              + "|requirements\\.txt|runs/.*");

  private final ImmutableList<RepositoryFile> files;

  MergeFiles(ImmutableList<RepositoryFile> files) {
    this.files = files;
  }

  /// The index that tells which files hold the weights, if it takes one to tell.
  Optional<RepositoryFile> index() {
    return main().filter(file -> file.path().endsWith(INDEX));
  }

  /// The files to download, in the order of the repository.
  ///
  /// @param shards names of the weight files that [#index()] lists; empty if there is no index
  /// @param modules folders of modules, as `modules.json` names them
  ImmutableList<RepositoryFile> select(Collection<String> shards, Collection<String> modules) {
    ImmutableSet.Builder<RepositoryFile> wanted = ImmutableSet.builder();
    wanted.addAll(beside(modules));
    files.stream().filter(file -> shards.contains(file.path())).forEach(wanted::add);
    first(ADAPTERS).ifPresent(wanted::add);
    main().ifPresentOrElse(wanted::add, () -> wanted.addAll(unusual()));
    return inOrder(wanted.build());
  }

  /// Those of the files to download that lie beside the model's weights.
  ///
  /// @param modules folders of modules, as `modules.json` names them
  ImmutableList<RepositoryFile> beside(Collection<String> modules) {
    ImmutableSet.Builder<RepositoryFile> wanted = ImmutableSet.builder();
    files.stream().filter(file -> isSideFile(file.path())).forEach(wanted::add);
    for (String module : modules) {
      files.stream()
          .filter(file -> file.path().equals(module + "/" + file.name()))
          .filter(file -> isSideFile(file.name()))
          .forEach(wanted::add);
      first(STEMS.stream().map(stem -> module + "/" + stem).toList()).ifPresent(wanted::add);
    }
    return inOrder(wanted.build());
  }

  private static boolean isSideFile(String path) {
    return SIDE_FILES.matcher(path).matches() && !NOT_WANTED.matcher(path).matches();
  }

  private ImmutableList<RepositoryFile> inOrder(Set<RepositoryFile> wanted) {
    return files.stream().filter(wanted::contains).collect(ImmutableList.toImmutableList());
  }

  /// The files that hold the weights: of the model, else of the adapter.
  ///
  /// @param shards names of the weight files that [#index()] lists; empty if there is no index
  ImmutableList<RepositoryFile> weights(Collection<String> shards) {
    if (index().isPresent()) {
      return files.stream()
          .filter(file -> shards.contains(file.path()))
          .collect(ImmutableList.toImmutableList());
    }
    List<RepositoryFile> found = main().map(List::of).orElseGet(this::unusual);
    return found.isEmpty()
        ? first(ADAPTERS).stream().collect(ImmutableList.toImmutableList())
        : ImmutableList.copyOf(found);
  }

  private Optional<RepositoryFile> main() {
    return first(STEMS.stream().flatMap(stem -> List.of(stem, stem + INDEX).stream()).toList());
  }

  /// Weights under a name of their own; a copy in Mistral's own layout only if there is no other.
  private List<RepositoryFile> unusual() {
    List<RepositoryFile> named = topLevel(OTHER_WEIGHTS);
    return named.isEmpty() ? topLevel(CONSOLIDATED) : named;
  }

  private List<RepositoryFile> topLevel(Pattern pattern) {
    return files.stream()
        .filter(RepositoryFile::isTopLevel)
        .filter(file -> pattern.matcher(file.path()).matches())
        .toList();
  }

  private Optional<RepositoryFile> first(List<String> names) {
    return names.stream()
        .flatMap(name -> files.stream().filter(file -> file.path().equals(name)))
        .findFirst();
  }
}
