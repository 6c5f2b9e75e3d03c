// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.util.regex.Pattern;

/// Identifier of a model repository: `name` or `namespace/name`.
///
/// Letters, digits, `-`, `_` and `.`; each part has at most 96 characters and starts and ends in a
/// letter, a digit or `_`; no `--`, no `..`, no `.git` at the end.
///
/// *Source:* huggingface_hub 1.33.0, `validate_repo_id`.
///
/// @param id the identifier as it appears in URLs, e.g. `org/model`
public record RepoId(String id) {

  private static final Pattern PART = Pattern.compile("\\w(?:[\\w.-]{0,94}\\w)?");

  /// Checks the identifier.
  ///
  /// @throws IllegalArgumentException if it can't name a repository
  public RepoId {
    if (!isValid(id)) {
      throw new IllegalArgumentException(
          "Invalid repository id \""
              + id
              + "\": expected name or namespace/name in letters, digits, '-', '_' and '.', each"
              + " part of at most 96 characters, without \"--\", \"..\" or \".git\" at the end");
    }
  }

  /// The identifier `id`, checked.
  public static RepoId of(String id) {
    return new RepoId(id);
  }

  /// Whether the text can name a repository.
  static boolean isValid(String id) {
    String[] parts = id.split("/", -1);
    boolean valid = parts.length <= 2 && !id.contains("--") && !id.contains("..");
    for (String part : parts) {
      valid &= PART.matcher(part).matches();
    }
    return valid && !id.endsWith(".git");
  }

  /// Name of the repository's directory in the cache, e.g. `models--org--model`.
  String folder() {
    return "models--" + id.replace("/", "--");
  }

  @Override
  public String toString() {
    return id;
  }
}
