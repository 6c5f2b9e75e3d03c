// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.common.xml.XmlEscapers;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// A lineage as a flow chart of Mermaid.
///
/// *Source:* Mermaid 11, flowchart syntax: quoted labels may hold anything, quotes and markup as
/// entities.
final class LineageMermaid {

  private LineageMermaid() {}

  static String print(Lineage lineage) {
    Map<String, String> ids = new HashMap<>();
    StringBuilder text = new StringBuilder("flowchart TD\n");
    for (Ancestor model : lineage.models().values()) {
      String id = "m" + ids.size();
      ids.put(model.name(), id);
      String label =
          Stream.of(model.name(), model.licenseText(), model.state().text())
              .filter(line -> !line.isEmpty())
              .map(LineageMermaid::escape)
              .collect(joining("<br/>"));
      String style = model.state() == Ancestor.State.FOUND ? "" : ":::closed";
      text.append("  %s[\"%s\"]%s%n".formatted(id, label, style));
    }
    for (Ancestor model : lineage.models().values()) {
      String arrow =
          model.relation().isEmpty() ? "-->" : "-->|\"" + escape(model.relation()) + "\"|";
      for (String parent : model.parents()) {
        text.append("  %s %s %s%n".formatted(id(ids, parent), arrow, id(ids, model.name())));
      }
    }
    return text.append("  classDef closed stroke-dasharray: 4 4\n").toString();
  }

  private static String id(Map<String, String> ids, String name) {
    return requireNonNull(ids.get(name));
  }

  private static String escape(String text) {
    return XmlEscapers.xmlAttributeEscaper().escape(text).replace("`", "&#96;");
  }
}
