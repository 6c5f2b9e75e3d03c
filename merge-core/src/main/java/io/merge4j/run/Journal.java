// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The file that tells which tensors of an unfinished merge are finished.
///
/// Lines of JSON, each behind a CRC-32C of its own in eight hexadecimal digits: first what the
/// tensors depend on ([Identity]), then a line for each tensor. Lines are only appended. A line
/// that is torn or damaged, and all behind it, count as never written.
final class Journal implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int DIGITS = 8;

  /// What a journal says.
  ///
  /// @param entries by tensor
  /// @param end where its sound lines end
  record Contents(Identity identity, ImmutableMap<String, JournalEntry> entries, long end) {}

  private final FileChannel channel;

  private Journal(FileChannel channel) {
    this.channel = channel;
  }

  /// Begins a journal.
  static Journal create(Path file, Identity identity) throws IOException {
    ObjectNode parts = JSON.createObjectNode();
    identity.parts().forEach(parts::put);
    Journal journal =
        new Journal(
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    try {
      journal.write(line(parts));
      return journal;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  /// Goes on with a journal.
  ///
  /// @param end where its sound lines end
  static Journal resume(Path file, long end) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    try {
      channel.truncate(end).position(end);
      return new Journal(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /// Reads a journal.
  ///
  /// @return empty if there is none, or not even its first line is sound
  static Optional<Contents> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    Identity identity = null;
    Map<String, JournalEntry> entries = new LinkedHashMap<>();
    int start = 0;
    for (int end = 0; end < bytes.length; end++) {
      if (bytes[end] == '\n') {
        Optional<JsonNode> line =
            parse(new String(bytes, start, end - start, StandardCharsets.UTF_8));
        if (line.isEmpty()) {
          break;
        }
        if (identity == null) {
          identity = identity(line.get());
        } else {
          JournalEntry entry = entry(line.get());
          entries.put(entry.tensor(), entry);
        }
        start = end + 1;
      }
    }
    return identity == null
        ? Optional.empty()
        : Optional.of(new Contents(identity, ImmutableMap.copyOf(entries), start));
  }

  private static Identity identity(JsonNode line) {
    ImmutableMap.Builder<String, String> parts = ImmutableMap.builder();
    line.properties().forEach(part -> parts.put(part.getKey(), part.getValue().asString()));
    return new Identity(parts.buildOrThrow());
  }

  private static JournalEntry entry(JsonNode line) {
    return new JournalEntry(
        line.path("tensor").asString(),
        Integer.parseUnsignedInt(line.path("crc32c").asString(), 16),
        line.path("remarks")
            .valueStream()
            .map(JsonNode::asString)
            .collect(ImmutableList.toImmutableList()));
  }

  private static Optional<JsonNode> parse(String line) {
    if (line.length() <= DIGITS
        || !line.substring(0, DIGITS).equals(check(line.substring(DIGITS)))) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(line.substring(DIGITS))).filter(JsonNode::isObject);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /// Adds tensors.
  void append(List<JournalEntry> entries) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (JournalEntry entry : entries) {
      ObjectNode line = JSON.createObjectNode();
      line.put("tensor", entry.tensor());
      line.put("crc32c", Checksums.print(entry.checksum()));
      entry.remarks().forEach(line.withArray("remarks")::add);
      lines.append(line(line));
    }
    write(lines.toString());
  }

  private static String line(ObjectNode json) {
    String text = " " + JSON.writeValueAsString(json);
    return check(text) + text + "\n";
  }

  private static String check(String text) {
    return Checksums.print(Hashing.crc32c().hashString(text, StandardCharsets.UTF_8).asInt());
  }

  private void write(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Forces it to the storage device.
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
