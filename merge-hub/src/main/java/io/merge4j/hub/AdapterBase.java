// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The model that an adapter belongs to, as its `adapter_config.json` for PEFT names it.
///
/// @param name of the base, empty if there is none
/// @param config all of the configuration
record AdapterBase(String name, ObjectNode config) {

  private static final String NAME = "base_model_name_or_path";

  /// Reads a configuration; what is none names no base.
  static AdapterBase of(String json) {
    JsonMapper mapper = JsonMapper.shared();
    try {
      if (mapper.readTree(json) instanceof ObjectNode config) {
        JsonNode name = config.path(NAME);
        return new AdapterBase(name.isString() ? name.asString().strip() : "", config);
      }
    } catch (JacksonException e) {
      // No configuration.
    }
    return new AdapterBase("", mapper.createObjectNode());
  }

  /// The configuration with another name of the base.
  ///
  /// @param revision of the base, empty to leave what is there
  String with(String newName, String revision) {
    ObjectNode changed = config.deepCopy().put(NAME, newName);
    if (!revision.isEmpty()) {
      changed.put("revision", revision);
    }
    return changed.toPrettyString() + "\n";
  }
}
