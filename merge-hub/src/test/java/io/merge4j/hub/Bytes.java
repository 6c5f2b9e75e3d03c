// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Content for tests, and its names.
final class Bytes {

  private Bytes() {}

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String sha256(byte[] content) {
    return hash("SHA-256", content);
  }

  static String gitSha1(byte[] content) {
    byte[] prefix = text("blob " + content.length + "\0");
    ByteBuffer all = ByteBuffer.allocate(prefix.length + content.length).put(prefix).put(content);
    return hash("SHA-1", all.array());
  }

  private static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// A safetensors file of one tensor of bytes, `w`.
  static byte[] safetensors(int bytes, long seed) {
    byte[] header =
        text(
            "{\"w\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                .formatted(bytes, bytes));
    ByteBuffer all = ByteBuffer.allocate(8 + header.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
    return all.putLong(header.length).put(header).put(random(bytes, seed)).array();
  }

  /// A repository as they are: weights twice, configuration, an odd file name, an empty file.
  static Map<String, byte[]> smallModel() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("config.json", text("{\"model_type\":\"llama\"}"));
    files.put("tokenizer.json", text("{}"));
    files.put("empty.txt", new byte[0]);
    files.put("README.md", text("---\nlicense: mit\n---\n# model\n"));
    files.put("sub dir/notes é.txt", text("notes"));
    files.put("model.safetensors", safetensors(300_000, 1));
    files.put("pytorch_model.bin", random(300_000, 2));
    return files;
  }
}
