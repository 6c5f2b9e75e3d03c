// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.base.Ascii;
import java.util.Map;

/// The environment variables of huggingface_hub that say how much a program tells.
///
/// *Source:* huggingface_hub 1.33.0 `constants.py`, `logging.py`.
record HubVariables(Map<String, String> environment) {

  /// `HF_HUB_DISABLE_PROGRESS_BARS`: whether progress stays hidden.
  boolean hidesProgress() {
    return isTrue("HF_HUB_DISABLE_PROGRESS_BARS");
  }

  /// `HF_DEBUG` and `HF_HUB_VERBOSITY`: lines of which level and above are printed; those of
  /// information unless they say otherwise.
  System.Logger.Level level() {
    if (isTrue("HF_DEBUG")) {
      return System.Logger.Level.DEBUG;
    }
    return switch (Ascii.toLowerCase(environment.getOrDefault("HF_HUB_VERBOSITY", ""))) {
      case "debug" -> System.Logger.Level.DEBUG;
      case "warning", "warn" -> System.Logger.Level.WARNING;
      case "error", "critical" -> System.Logger.Level.ERROR;
      default -> System.Logger.Level.INFO;
    };
  }

  private boolean isTrue(String name) {
    return switch (Ascii.toUpperCase(environment.getOrDefault(name, ""))) {
      case "1", "ON", "YES", "TRUE" -> true;
      default -> false;
    };
  }
}
