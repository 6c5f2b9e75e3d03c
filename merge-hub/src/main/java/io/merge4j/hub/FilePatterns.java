// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Chooses files of a repository by shell patterns, as `hf download --include --exclude`.
///
/// `*` stands for any characters, `/` included; `?` for one; `[abc]`, `[a-z]` and `[!abc]` for one
/// of a set. Case matters. A pattern that ends in `/` means everything below.
///
/// *Source:* huggingface_hub 1.33.0 `filter_repo_objects`, Python `fnmatch`.
public final class FilePatterns implements Predicate<RepositoryFile> {

  private static final Pattern RANGE = Pattern.compile("(.)-(.)", Pattern.DOTALL);

  private final ImmutableList<Pattern> include;
  private final ImmutableList<Pattern> exclude;

  private FilePatterns(ImmutableList<Pattern> include, ImmutableList<Pattern> exclude) {
    this.include = include;
    this.exclude = exclude;
  }

  /// Files that match one of `include` and none of `exclude`; an empty `include` matches all.
  public static FilePatterns of(Collection<String> include, Collection<String> exclude) {
    return new FilePatterns(compile(include), compile(exclude));
  }

  /// Files that match one of the patterns.
  public static FilePatterns including(String... patterns) {
    return of(ImmutableList.copyOf(patterns), ImmutableList.of());
  }

  @Override
  public boolean test(RepositoryFile file) {
    return (include.isEmpty() || matches(include, file.path())) && !matches(exclude, file.path());
  }

  private static boolean matches(ImmutableList<Pattern> patterns, String path) {
    String normal = path.replace('\\', '/');
    return patterns.stream().anyMatch(pattern -> pattern.matcher(normal).matches());
  }

  private static ImmutableList<Pattern> compile(Collection<String> patterns) {
    return patterns.stream()
        .map(pattern -> pattern.replace('\\', '/'))
        .map(pattern -> pattern.endsWith("/") ? pattern + "*" : pattern)
        .map(pattern -> Pattern.compile(regex(pattern), Pattern.DOTALL))
        .collect(ImmutableList.toImmutableList());
  }

  private static String regex(String pattern) {
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i++);
      // A set may hold "]" as its first member: look for the end behind it.
      int from = i < pattern.length() && pattern.charAt(i) == '!' ? i + 1 : i;
      int end = c == '[' ? pattern.indexOf(']', from + 1) : -1;
      if (c == '*') {
        out.append(".*");
      } else if (c == '?') {
        out.append('.');
      } else if (end > 0) {
        out.append(set(from > i, pattern.substring(from, end)));
        i = end + 1;
      } else {
        out.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return out.toString();
  }

  /// Ranges that run backwards are empty, as in Python.
  private static String set(boolean others, String set) {
    String members =
        RANGE
            .matcher(set)
            .replaceAll(range ->
                range.group(1).compareTo(range.group(2)) > 0
                    ? ""
                    : Matcher.quoteReplacement(range.group()));
    if (members.isEmpty()) {
      return others ? "." : "(?!)";
    }
    return (others ? "[^" : "[") + members.replaceAll("([\\\\\\[\\]^&])", "\\\\$1") + "]";
  }
}
