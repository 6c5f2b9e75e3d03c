// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// What documentation says of a merge method.
///
/// @param summary one line
/// @param formula the rule in the letters of the paper; may be empty
/// @param source paper or specification, with where to find it; may be empty
/// @param example a recipe in YAML; may be empty
public record About(String summary, String formula, String source, String example) {

  public static About of(String summary) {
    return new About(summary, "", "", "");
  }

  public About formula(String newFormula) {
    return new About(summary, newFormula, source, example);
  }

  public About source(String newSource) {
    return new About(summary, formula, newSource, example);
  }

  public About example(String newExample) {
    return new About(summary, formula, source, newExample);
  }
}
