// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Finds a part of the model in a `tokenizer.json`.
final class ModelPart {

  private ModelPart() {}

  /// Moves the parser from the beginning of the file to the value of `model.<key>`.
  ///
  /// @return whether there is one
  static boolean seek(JsonParser json, String key) {
    json.nextToken();
    return enter(json, "model") && enter(json, key);
  }

  private static boolean enter(JsonParser json, String key) {
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean found = json.currentName().equals(key);
      json.nextToken();
      if (found) {
        return true;
      }
      json.skipChildren();
    }
    return false;
  }
}
