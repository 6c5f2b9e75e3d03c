// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.common.xml.XmlEscapers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A lineage as an SVG picture: a row for each generation, the model itself at the bottom.
final class LineagePicture {

  private static final int LETTER = 8;
  private static final int BOX = 46;
  private static final int ROW = 100;
  private static final int GAP = 24;
  private static final String STYLE =
      "text{font:13px monospace;text-anchor:middle;fill:#222}.license{fill:#666}"
          + "rect{fill:#f4f6fa;stroke:#456}.closed{stroke-dasharray:4 4;fill:#fff}"
          + "path{stroke:#456;fill:none}.back{stroke-dasharray:2 3}";

  /// Where a model's box is.
  private record Box(Ancestor model, int row, int left, int top, int width) {
    int middle() {
      return left + width / 2;
    }
  }

  private final Map<String, Box> boxes = new HashMap<>();
  private final int width;
  private final int height;

  private LineagePicture(Lineage lineage) {
    List<List<Ancestor>> rows = rows(lineage);
    int letters =
        lineage.models().values().stream()
            .mapToInt(model -> Math.max(model.name().length(), note(model).length()))
            .max()
            .orElse(0);
    int box = letters * LETTER + GAP;
    int longest = rows.stream().mapToInt(List::size).max().orElse(1);
    width = longest * (box + GAP) + GAP;
    height = rows.size() * ROW;
    for (int row = 0; row < rows.size(); row++) {
      List<Ancestor> models = rows.get(row);
      int left = (width - models.size() * (box + GAP) + GAP) / 2;
      int top = (rows.size() - 1 - row) * ROW + (ROW - BOX) / 2;
      for (Ancestor model : models) {
        boxes.put(model.name(), new Box(model, row, left, top, box));
        left += box + GAP;
      }
    }
  }

  static String print(Lineage lineage) {
    LineagePicture picture = new LineagePicture(lineage);
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\">%n"
            .formatted(picture.width, picture.height));
    svg.append("<title>Lineage of ").append(escape(lineage.root())).append("</title>\n");
    svg.append("<style>").append(STYLE).append("</style>\n");
    lineage.models().values().forEach(model -> picture.lines(model, svg));
    lineage.models().values().forEach(model -> picture.box(model, svg));
    return svg.append("</svg>\n").toString();
  }

  /// Models by their distance from the root.
  private static List<List<Ancestor>> rows(Lineage lineage) {
    Map<String, Integer> distance = new HashMap<>();
    distance.put(lineage.root(), 0);
    List<List<Ancestor>> rows = new ArrayList<>();
    List<Ancestor> row = List.of(requireNonNull(lineage.models().get(lineage.root())));
    while (!row.isEmpty()) {
      rows.add(row);
      List<Ancestor> next = new ArrayList<>();
      for (Ancestor model : row) {
        for (String parent : model.parents()) {
          if (distance.putIfAbsent(parent, rows.size()) == null) {
            next.add(requireNonNull(lineage.models().get(parent)));
          }
        }
      }
      row = next;
    }
    return rows;
  }

  private void lines(Ancestor model, StringBuilder svg) {
    Box child = requireNonNull(boxes.get(model.name()));
    for (String name : model.parents()) {
      Box parent = requireNonNull(boxes.get(name));
      String style = parent.row > child.row ? "" : " class=\"back\"";
      int from = child.top;
      int to = parent.top + BOX;
      int bend = (from + to) / 2;
      svg.append(
          "<path%s d=\"M%d %dC%d %d %d %d %d %d\"/>%n"
              .formatted(
                  style,
                  child.middle(),
                  from,
                  child.middle(),
                  bend,
                  parent.middle(),
                  bend,
                  parent.middle(),
                  to));
    }
  }

  private void box(Ancestor model, StringBuilder svg) {
    Box box = requireNonNull(boxes.get(model.name()));
    String style = model.state() == Ancestor.State.FOUND ? "" : " class=\"closed\"";
    svg.append(
        "<rect%s x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n"
            .formatted(style, box.left, box.top, box.width, BOX));
    svg.append(
        "<text x=\"%d\" y=\"%d\">%s</text>%n"
            .formatted(box.middle(), box.top + 19, escape(model.name())));
    svg.append(
        "<text class=\"license\" x=\"%d\" y=\"%d\">%s</text>%n"
            .formatted(box.middle(), box.top + 37, escape(note(model))));
  }

  private static String note(Ancestor model) {
    return Stream.of(model.licenseText(), model.state().text())
        .filter(part -> !part.isEmpty())
        .collect(joining(", "));
  }

  private static String escape(String text) {
    return XmlEscapers.xmlContentEscaper().escape(text);
  }
}
