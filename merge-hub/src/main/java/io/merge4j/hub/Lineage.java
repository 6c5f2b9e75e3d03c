// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableMap;
import io.merge4j.License;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A model, the models it was made from, those they were made from, and so on: the family tree, in
/// which one ancestor may be reached on several ways, and a model may even be its own.
///
/// @param root name of the model that was asked about
/// @param models every model found, by name, the nearest first; holds every parent of every model
/// @see Hub#lineage
public record Lineage(String root, ImmutableMap<String, Ancestor> models) {

  /// Generations that are followed unless told otherwise; more than any family has had yet.
  public static final int DEPTH = 20;

  /// A tree for a terminal: what was made on top, what it was made from below.
  public String toText() {
    return LineageText.print(this);
  }

  /// A flow chart in Mermaid's language, as Markdown on code hosts shows it: parents on top.
  public String toMermaid() {
    return LineageMermaid.print(this);
  }

  /// A picture: parents on top.
  public String toSvg() {
    return LineagePicture.print(this);
  }

  /// A JSON object with `root` and `models`, indented.
  public String toJson() {
    JsonMapper json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    ObjectNode tree = json.createObjectNode().put("root", root);
    ArrayNode list = tree.putArray("models");
    for (Ancestor model : models.values()) {
      ObjectNode node = list.addObject().put("name", model.name());
      node.put("state", model.state().name());
      model.license().map(License::toString).ifPresent(text -> node.put("license", text));
      if (!model.relation().isEmpty()) {
        node.put("relation", model.relation());
      }
      ArrayNode parents = node.putArray("parents");
      model.parents().forEach(parents::add);
    }
    return json.writeValueAsString(tree) + "\n";
  }
}
