// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.CardMetadata;
import io.merge4j.License;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.hub.Ancestor.State;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.hub.LineagePlace.Directory;
import io.merge4j.hub.LineagePlace.Elsewhere;
import io.merge4j.hub.LineagePlace.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Follows a model's parents, generation by generation, the models of one side by side.
final class LineageSearch {

  private static final int MOST_MODELS = 1000;
  private static final int MOST_PARENTS = 100;
  private static final int LARGEST_FILE = 1 << 20;
  private static final String CARD = "README.md";
  private static final String CONFIG = "mergekit_config.yml";
  private static final String ADAPTER = "adapter_config.json";

  private final Hub hub;
  private final HubContext context;
  private final Map<String, Ancestor> models = new LinkedHashMap<>();

  LineageSearch(Hub hub, HubContext context) {
    this.hub = hub;
    this.context = context;
  }

  /// A model with the places of its parents.
  private record Visited(Ancestor model, ImmutableList<LineagePlace> parents) {}

  /// The files of a model that tell of its parents; empty where there is none.
  private record Texts(String card, String config, String adapter) {}

  Lineage run(LineagePlace root, int depth) {
    Map<String, LineagePlace> generation = Map.of(root.name(), root);
    for (int distance = 0; !generation.isEmpty(); distance++) {
      boolean isTooFar = distance > depth || models.size() + generation.size() > MOST_MODELS;
      List<Visited> visited = isTooFar ? unknown(generation) : visit(generation, distance == 0);
      visited.forEach(one -> models.put(one.model().name(), one.model()));
      Map<String, LineagePlace> next = new LinkedHashMap<>();
      visited.stream()
          .flatMap(one -> one.parents().stream())
          .filter(place -> !models.containsKey(place.name()))
          .forEach(place -> next.put(place.name(), place));
      generation = next;
    }
    return new Lineage(root.name(), ImmutableMap.copyOf(models));
  }

  private static List<Visited> unknown(Map<String, LineagePlace> generation) {
    return generation.keySet().stream().map(name -> without(name, State.NOT_FOLLOWED)).toList();
  }

  private List<Visited> visit(Map<String, LineagePlace> generation, boolean isRoot) {
    return Parallel.map(
        List.copyOf(generation.values()), context.connections(), place -> visit(place, isRoot));
  }

  private Visited visit(LineagePlace place, boolean isRoot) {
    return switch (place) {
      case Repository repository -> repository(repository, isRoot);
      case Directory directory -> directory(directory);
      case Elsewhere elsewhere -> without(elsewhere.name(), State.ELSEWHERE);
    };
  }

  /// What is wrong with the model itself is an error, what is wrong with an ancestor is a finding.
  private Visited repository(Repository place, boolean isRoot) {
    try {
      Snapshot snapshot = hub.open(place.reference());
      // Of a snapshot without a listing the card must be there or known to be absent: what is not
      // known would be told as unlicensed. A recipe or an adapter is more than most models have.
      Texts texts =
          new Texts(
              text(snapshot, snapshot.lookUp(CARD)),
              text(snapshot, snapshot.find(CONFIG)),
              text(snapshot, snapshot.find(ADAPTER)));
      return visited(place, State.FOUND, texts);
    } catch (HubException e) {
      boolean isGated = e.reason() == Reason.GATED;
      if (isRoot && e.mayMeanPath()) {
        throw new HubException(e.reason(), LineagePlace.nowhere(place.name(), e), e);
      }
      if (e.reason() == Reason.INTERRUPTED || (isRoot && !isGated)) {
        throw e;
      }
      return isGated ? gated(place) : without(place.name(), state(e.reason()));
    }
  }

  private static State state(Reason reason) {
    return switch (reason) {
      case REPOSITORY_NOT_FOUND, REVISION_NOT_FOUND -> State.NOT_FOUND;
      case OFFLINE -> State.NOT_CACHED;
      default -> State.UNREADABLE;
    };
  }

  /// The Hub's listing tells the card's front matter also of models whose files it withholds.
  private Visited gated(Repository place) {
    CardMetadata card = CardMetadata.NONE;
    try {
      RetryPolicy retry = context.transport().retry();
      card = CardMetadata.of(new HubApi(context).info(place.reference(), retry).path("cardData"));
    } catch (HubException e) {
      if (e.reason() == Reason.INTERRUPTED) {
        throw e;
      }
    }
    return visited(place, State.GATED, card, card.baseModels());
  }

  private static Visited directory(Directory place) {
    try {
      Path path = place.path();
      Texts texts =
          new Texts(
              text(path.resolve(CARD)), text(path.resolve(CONFIG)), text(path.resolve(ADAPTER)));
      return visited(place, State.FOUND, texts);
    } catch (IOException e) {
      return without(place.name(), State.UNREADABLE);
    }
  }

  private static String text(Snapshot snapshot, Optional<RepositoryFile> file) {
    if (file.isEmpty() || file.get().size() > LARGEST_FILE) {
      return "";
    }
    String name = file.get().path();
    Path path = snapshot.path(name);
    try {
      return text(path);
    } catch (IOException e) {
      throw LocalErrors.of(e, "read " + name + " of " + snapshot.reference(), path);
    }
  }

  private static String text(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LARGEST_FILE), StandardCharsets.UTF_8);
    }
  }

  private static Visited visited(LineagePlace place, State state, Texts texts) {
    CardMetadata card = CardMetadata.parse(texts.card());
    Stream<String> named = Stream.concat(recipe(texts.config()), adapted(texts.adapter()));
    return visited(place, state, card, Stream.concat(card.baseModels().stream(), named).toList());
  }

  private static Visited visited(
      LineagePlace place, State state, CardMetadata card, List<String> names) {
    ImmutableList<LineagePlace> parents =
        LineagePlace.parents(place, names.stream().limit(MOST_PARENTS).toList());
    Ancestor model =
        new Ancestor(
            place.name(),
            state,
            card.license().map(LineageSearch::clean),
            ForeignText.visible(card.relation()),
            parents.stream().map(LineagePlace::name).collect(ImmutableList.toImmutableList()));
    return new Visited(model, parents);
  }

  /// The model that an adapter belongs to, as its configuration for PEFT names it.
  private static Stream<String> adapted(String config) {
    return Stream.of(AdapterBase.of(config).name()).filter(name -> !name.isEmpty());
  }

  private static Stream<String> recipe(String config) {
    try {
      return config.isEmpty() ? Stream.empty() : Recipe.modelsIn(config).stream();
    } catch (RecipeException e) {
      return Stream.empty();
    }
  }

  private static License clean(License license) {
    return new License(
        ForeignText.visible(license.id()),
        ForeignText.visible(license.name()),
        ForeignText.visible(license.link()));
  }

  private static Visited without(String name, State state) {
    return new Visited(
        new Ancestor(name, state, Optional.empty(), "", ImmutableList.of()), ImmutableList.of());
  }
}
