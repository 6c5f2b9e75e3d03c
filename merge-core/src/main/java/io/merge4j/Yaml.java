// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// YAML as a JSON tree, and back: plain data only, anchors resolved, of bounded size.
final class Yaml {

  /// Greatest number of nodes of a document with its aliases written out; stops "billion laughs".
  private static final int MOST_NODES = 1_000_000;

  private static final int MOST_LEVELS = 100;

  private static final int MOST_CHARACTERS = 3 << 20;

  private static final int LEAST_BUFFER = 1 << 10;

  private static final DumpSettings PRINTING =
      DumpSettings.builder()
          .setSchema(new CoreSchema())
          .setDefaultFlowStyle(FlowStyle.BLOCK)
          .setIndentWithIndicator(true)
          .setIndicatorIndent(2)
          .setWidth(Integer.MAX_VALUE)
          .build();

  private final JsonNodeFactory json = JsonMapper.shared().getNodeFactory();
  private int nodes;

  private Yaml() {}

  /// Reads one document.
  ///
  /// @param place what is read, for messages
  /// @throws RecipeException if it is no YAML, several documents, or too large
  static JsonNode parse(String text, String place) {
    try {
      return new Yaml().node(new Load(settings(text)).loadFromString(text), 0);
    } catch (YamlEngineException | TooLarge | IllegalArgumentException e) {
      throw new RecipeException("Cannot read %s as YAML: %s".formatted(place, e.getMessage()));
    } catch (StackOverflowError e) {
      throw new RecipeException("Cannot read %s as YAML: nested too deeply".formatted(place));
    }
  }

  /// The engine copies what it has of a scalar whenever it fills its buffer, which makes long
  /// scalars cost the square of their length; so the buffer takes all.
  private static LoadSettings settings(String text) {
    return LoadSettings.builder()
        .setSchema(new CoreSchema())
        .setAllowDuplicateKeys(false)
        .setAllowRecursiveKeys(false)
        .setMaxAliasesForCollections(10_000)
        .setCodePointLimit(MOST_CHARACTERS)
        .setBufferSize(Math.clamp(text.length(), LEAST_BUFFER, MOST_CHARACTERS))
        .build();
  }

  /// Prints a tree, with a final newline.
  static String print(JsonNode tree) {
    return new Dump(PRINTING).dumpToString(plain(tree));
  }

  private JsonNode node(@Nullable Object value, int level) {
    if (++nodes > MOST_NODES || level > MOST_LEVELS) {
      throw new TooLarge();
    }
    // Asked one by one: a switch over types has its code made when it first runs, which takes long.
    if (value == null) {
      return json.nullNode();
    }
    if (value instanceof Boolean flag) {
      return json.booleanNode(flag);
    }
    if (value instanceof Integer number) {
      return json.numberNode(number);
    }
    if (value instanceof Long number) {
      return json.numberNode(number);
    }
    if (value instanceof Number number) {
      return json.numberNode(number.doubleValue());
    }
    if (value instanceof List<?> list) {
      ArrayNode array = json.arrayNode();
      list.forEach(entry -> array.add(node(entry, level + 1)));
      return array;
    }
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = json.objectNode();
      map.forEach((key, entry) -> object.set(String.valueOf(key), node(entry, level + 1)));
      return object;
    }
    return json.stringNode(value.toString());
  }

  /// The tree in collections, as the engine prints it.
  private static @Nullable Object plain(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
        yield map;
      }
      case ARRAY -> node.valueStream().map(Yaml::plain).collect(Collectors.toList());
      case BOOLEAN -> node.booleanValue();
      case NUMBER -> node.numberValue();
      case STRING -> node.stringValue();
      case NULL -> null;
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("No YAML for " + node.getNodeType());
    };
  }

  private static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLarge() {
      super("more than %d nodes or %d levels".formatted(MOST_NODES, MOST_LEVELS));
    }
  }
}
