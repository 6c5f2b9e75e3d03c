// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The card, the recipe and adapters' configurations as they are published: without the paths of
/// this machine, which name its users and tell nobody anything. A model in the Hub's cache is named
/// by its id, any other by the last part of its path, as `./model`, which can't be taken for a
/// repository.
final class PublishedTexts implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(PublishedTexts.class.getName());
  private static final Set<String> RECIPES = Set.of("mergekit_config.yml", "mergekit_config.yaml");
  private static final String CARD = "README.md";
  private static final String ADAPTER = "adapter_config.json";
  private static final Pattern ROOTED = Pattern.compile("(~|\\.{0,2}[/\\\\]|[A-Za-z]:[/\\\\]).*");
  private static final Pattern ROOTED_VALUE =
      Pattern.compile("(?m)(?::|-)\\s+[\"']?(" + ROOTED.pattern() + "?)[\"']?\\s*$");
  private static final Pattern CACHED =
      Pattern.compile(".*models--(.+)[/\\\\]snapshots[/\\\\]([0-9a-f]{40})[/\\\\]?");

  private final Path directory;
  private final Path scratch;

  private PublishedTexts(Path directory, Path scratch) {
    this.directory = directory;
    this.scratch = scratch;
  }

  static PublishedTexts of(Path directory) throws IOException {
    return new PublishedTexts(directory, Files.createTempDirectory("merge4j-upload"));
  }

  /// The files to publish: those given, with other content where a path had to go.
  ImmutableList<UploadFile> of(List<UploadFile> files) throws IOException {
    // The longest first: one path may begin with another.
    Map<String, String> names =
        new TreeMap<>(
            Comparator.comparingInt(String::length).reversed().thenComparing(String::compareTo));
    for (UploadFile file : files) {
      if (RECIPES.contains(file.path())) {
        namesIn(text(file)).forEach(name -> collect(name, names));
      }
    }
    ImmutableList.Builder<UploadFile> published = ImmutableList.builder();
    for (UploadFile file : files) {
      boolean isText = RECIPES.contains(file.path()) || file.path().equals(CARD);
      UploadFile named = isText && !names.isEmpty() ? published(file, names) : file;
      boolean isAdapter = ("/" + file.path()).endsWith("/" + ADAPTER);
      published.add(isAdapter ? publishedAdapter(file) : named);
    }
    return published.build();
  }

  private static Stream<String> namesIn(String recipe) {
    Stream<String> values = ROOTED_VALUE.matcher(recipe).results().map(match -> match.group(1));
    try {
      return Stream.concat(values, Recipe.modelsIn(recipe).stream());
    } catch (RecipeException e) {
      return values;
    }
  }

  private void collect(String name, Map<String, String> names) {
    if (isHere(name) || !name.contains("+")) {
      if (isHere(name) || ROOTED.matcher(name).matches()) {
        names.put(name, shown(name));
      }
    } else {
      Splitter.on('+')
          .trimResults()
          .omitEmptyStrings()
          .split(name)
          .forEach(part -> collect(part, names));
    }
  }

  private boolean isHere(String name) {
    try {
      return Files.exists(Path.of(name)) || Files.exists(directory.resolveSibling(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static String shown(String name) {
    Matcher cached = CACHED.matcher(name);
    if (cached.matches()) {
      return id(cached) + "@" + cached.group(2);
    }
    String plain = name.replaceFirst("[/\\\\]+$", "");
    return "./" + plain.substring(Math.max(plain.lastIndexOf('/'), plain.lastIndexOf('\\')) + 1);
  }

  /// Of the repository whose directory in the cache was matched.
  private static String id(Matcher cached) {
    return cached.group(1).replace("--", "/");
  }

  private UploadFile published(UploadFile file, Map<String, String> names) throws IOException {
    String before = text(file);
    String after = before;
    for (Map.Entry<String, String> name : names.entrySet()) {
      after =
          Pattern.compile("(?<![\\w/\\\\.~-])" + Pattern.quote(name.getKey()) + "(?![\\w/\\\\-])")
              .matcher(after)
              .replaceAll(Matcher.quoteReplacement(name.getValue()));
    }
    return after.equals(before) ? file : changed(file, after);
  }

  private UploadFile publishedAdapter(UploadFile file) throws IOException {
    AdapterBase base = AdapterBase.of(text(file));
    String name = base.name();
    if (name.isEmpty() || !(isHere(name) || ROOTED.matcher(name).matches())) {
      return file;
    }
    Matcher cached = CACHED.matcher(name);
    if (cached.matches()) {
      return changed(file, base.with(id(cached), cached.group(2)));
    }
    LOG.log(
        Level.WARNING,
        "{0} names its base by a path of this machine; published as \"{1}\", which leads nobody to it: set base_model_name_or_path to the base''s id org/name",
        file.path(),
        shown(name));
    return changed(file, base.with(shown(name), ""));
  }

  private UploadFile changed(UploadFile file, String text) throws IOException {
    Path changed = Files.createTempFile(scratch, "text", "");
    Files.writeString(changed, text);
    return new UploadFile(file.path(), changed, Files.size(changed));
  }

  /// Nothing for what is no text: it is published as it is, or refused by the card's check.
  private static String text(UploadFile file) throws IOException {
    try {
      return Files.readString(file.file());
    } catch (CharacterCodingException e) {
      return "";
    }
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(scratch)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(scratch);
  }
}
