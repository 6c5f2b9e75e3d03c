// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/// YAML as a JSON tree, and back: plain data only, anchors resolved, of bounded size.
///
/// Jackson's own YAML reader leaves aliases unresolved in trees, hence the engine below it is used
/// here.
final class Yaml {

  /// Greatest number of nodes of a document with its aliases written out; stops "billion laughs".
  private static final int MOST_NODES = 1_000_000;

  private static final int MOST_LEVELS = 100;

  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setSchema(new CoreSchema())
          .setAllowDuplicateKeys(false)
          .setAllowRecursiveKeys(false)
          .setMaxAliasesForCollections(10_000)
          .build();

  private static final YAMLMapper PRINTER =
      YAMLMapper.builder()
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(YAMLWriteFeature.INDENT_ARRAYS_WITH_INDICATOR)
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
      return new Yaml().node(new Load(SETTINGS).loadFromString(text), 0);
    } catch (YamlEngineException | TooLarge e) {
      throw new RecipeException("Cannot read %s as YAML: %s".formatted(place, e.getMessage()));
    } catch (StackOverflowError e) {
      throw new RecipeException("Cannot read %s as YAML: nested too deeply".formatted(place));
    }
  }

  /// Prints a tree, with a final newline.
  static String print(JsonNode tree) {
    return PRINTER.writeValueAsString(tree);
  }

  private JsonNode node(@Nullable Object value, int level) {
    if (++nodes > MOST_NODES || level > MOST_LEVELS) {
      throw new TooLarge();
    }
    return switch (value) {
      case null -> json.nullNode();
      case Boolean flag -> json.booleanNode(flag);
      case Integer number -> json.numberNode(number);
      case Long number -> json.numberNode(number);
      case Number number -> json.numberNode(number.doubleValue());
      case List<?> list -> {
        ArrayNode array = json.arrayNode();
        list.forEach(entry -> array.add(node(entry, level + 1)));
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = json.objectNode();
        map.forEach((key, entry) -> object.set(String.valueOf(key), node(entry, level + 1)));
        yield object;
      }
      default -> json.stringNode(value.toString());
    };
  }

  private static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLarge() {
      super("more than %d nodes or %d levels".formatted(MOST_NODES, MOST_LEVELS));
    }
  }
}
