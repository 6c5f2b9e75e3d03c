// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Chooses files of a repository by shell patterns, as `hf download --include --exclude`.
///
/// `*` stands for any characters, `/` included; `?` for one; `[abc]`, `[a-z]` and `[!abc]` for one
/// of a set. Case matters. A pattern that ends in `/` means everything below.
///
/// *Source:* huggingface_hub 1.33.0 `filter_repo_objects`, Python `fnmatch`.
public final class FilePatterns implements Predicate<RepositoryFile> {

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
        out.append(set(pattern.substring(i, end)));
        i = end + 1;
      } else {
        out.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return out.toString();
  }

  /// @param set what is between the brackets, with the `!` of one that is left out
  private static String set(String set) {
    String members =
        chunks(set).stream()
            .map(chunk -> chunk.replaceAll("([\\\\\\[\\]^&-])", "\\\\$1"))
            .collect(Collectors.joining("-"));
    return switch (members) {
      case "" -> "(?!)";
      case "!" -> ".";
      default -> "[" + (members.startsWith("!") ? "^" + members.substring(1) : members) + "]";
    };
  }

  /// A set, parted at the hyphens of its ranges. A range that runs backwards is empty: the chunks
  /// on both sides become one, without its ends, as in Python.
  private static List<String> chunks(String set) {
    List<String> chunks = new ArrayList<>();
    int from = 0;
    for (int at = set.indexOf('-', set.startsWith("!") ? 2 : 1);
        at >= 0;
        at = set.indexOf('-', at + 3)) {
      chunks.add(set.substring(from, at));
      from = at + 1;
    }
    if (from < set.length() || chunks.isEmpty()) {
      chunks.add(set.substring(from));
    } else {
      chunks.add(chunks.removeLast() + "-");
    }
    for (int i = chunks.size() - 1; i > 0; i--) {
      String left = chunks.get(i - 1);
      String right = chunks.get(i);
      if (left.charAt(left.length() - 1) > right.charAt(0)) {
        chunks.set(i - 1, left.substring(0, left.length() - 1) + right.substring(1));
        chunks.remove(i);
      }
    }
    return chunks;
  }
}
