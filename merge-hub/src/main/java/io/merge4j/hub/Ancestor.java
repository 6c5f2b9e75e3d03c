// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import io.merge4j.License;
import java.util.Optional;

/// A model of a [Lineage].
///
/// Texts come from cards that anybody may have written; control characters are taken out of them,
/// and nothing else.
///
/// @param name a repository, `org/name` or `org/name@revision`, or a directory
/// @param state what could be found out about it
/// @param license as its card states it
/// @param relation how its card says it came from its parents: `merge`, `finetune`, `adapter`,
///   `quantized`, or empty
/// @param parents names of the models it was made from, as far as card and recipe tell
public record Ancestor(
    String name,
    State state,
    Optional<License> license,
    String relation,
    ImmutableList<String> parents) {

  /// What could be found out about a model.
  public enum State {
    /// Its card and recipe, if it has them, were read.
    FOUND(""),
    /// The token does not open it; what is known is from the Hub's listing.
    GATED("gated"),
    /// The Hub has no such repository or revision, or the token does not open it.
    NOT_FOUND("not found, or private"),
    /// Offline, and not in the cache.
    NOT_CACHED("not in the cache"),
    /// The Hub has disabled it, gives no usable answer, or its files can't be read.
    UNREADABLE("cannot be read"),
    /// No repository, and no directory of this machine.
    ELSEWHERE("not published"),
    /// Farther away than was asked for.
    NOT_FOLLOWED("not followed");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /// For a reader; empty if the model was found.
    public String text() {
      return text;
    }
  }

  /// Its license for a reader, or that it is unknown; empty if nothing was found out at all.
  String licenseText() {
    boolean isKnown = state == State.FOUND || state == State.GATED;
    return license.map(License::toString).orElse(isKnown ? "license unknown" : "");
  }
}
