// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexTest {

  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @TempDir private Path directory;

  @BeforeEach
  void write_two_shards() throws IOException {
    write(ONE, "a", "b");
    write(TWO, "c");
  }

  @Test
  void opens_the_shards_it_names() throws IOException {
    index("{'metadata':{'total_size':1e99},'weight_map':{'a':'$1','b':'$1','c':'$2'}}");
    assertNames(directory, "a", "b", "c");
    assertNames(directory.resolve("model.safetensors.index.json"), "a", "b", "c");
  }

  @Test
  void takes_tensors_that_it_does_not_name_but_not_shards() throws IOException {
    write("stale.safetensors", "a");
    index("{'weight_map':{'a':'$1','c':'$2'}}");
    assertNames(directory, "a", "b", "c");
  }

  @Test
  void takes_shards_of_any_name_in_folders() throws IOException {
    Files.createDirectory(directory.resolve("..parts"));
    write("..parts/x..y.safetensors", "a");
    index("{'weight_map':{'a':'..parts/x..y.safetensors'}}");
    assertNames(directory, "a");
  }

  @Test
  void refuses_a_tensor_that_no_shard_has() throws IOException {
    index("{'weight_map':{'a':'$1','x':'$2'}}");
    assertThat(refusal(Reason.INDEX_MISMATCH))
        .hasMessageContaining("\"x\": found in no shard, expected in " + TWO);
  }

  @Test
  void refuses_a_tensor_that_is_in_another_shard() throws IOException {
    index("{'weight_map':{'a':'$1','c':'$2','b':'$2'}}");
    assertThat(refusal(Reason.INDEX_MISMATCH)).hasMessageContaining("\"b\"");
  }

  @Test
  void refuses_a_tensor_that_is_in_two_shards() throws IOException {
    write(TWO, "c", "b");
    index("{'weight_map':{'a':'$1','c':'$2'}}");
    assertThat(refusal(Reason.DUPLICATE_TENSOR))
        .hasMessageContaining("\"b\"")
        .hasMessageContaining(ONE)
        .hasMessageContaining(TWO);
  }

  @Test
  void refuses_missing_shards_and_counts_them() throws IOException {
    Files.delete(directory.resolve(TWO));
    index("{'weight_map':{'a':'$1','c':'$2'}}");
    assertThat(refusal(Reason.MISSING_SHARD))
        .hasMessageContaining(TWO)
        .hasMessageContaining("1 of 2");
  }

  @Test
  void names_a_shard_that_is_a_broken_link() throws IOException {
    Files.delete(directory.resolve(TWO));
    Files.createSymbolicLink(directory.resolve(TWO), Path.of("blob"));
    index("{'weight_map':{'a':'$1','c':'$2'}}");
    assertThat(refusal(Reason.MISSING_SHARD)).hasMessageContaining(TWO);
  }

  @Test
  void names_the_damaged_shard() throws IOException {
    Files.write(directory.resolve(TWO), new byte[3]);
    index("{'weight_map':{'a':'$1','c':'$2'}}");
    assertThat(refusal(Reason.HEADER_TOO_SMALL)).hasMessageContaining(TWO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model.safetensors",
        "x/../../model.safetensors",
        "..",
        "..\\model.safetensors",
        "x\\..\\model.safetensors",
        "/etc/model.safetensors",
        "/model.safetensors",
        "\\model.safetensors",
        "\\\\host\\share\\model.safetensors",
        "C:model.safetensors",
        "c:\\model.safetensors",
        "c:/model.safetensors",
        "x\0.safetensors",
        "",
        "model.bin",
        "pytorch_model-00001-of-00002.bin",
        "model.safetensors/",
      })
  void refuses_names_that_lead_out_of_the_directory(String shard) throws IOException {
    String escaped = shard.replace("\\", "\\\\").replace("\0", "\\u0000");
    index("{'weight_map':{'a':'$1','b':'" + escaped + "'}}");
    refusal(Reason.UNSAFE_SHARD_NAME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "null",
        "{'weight_map':{}}",
        "{'weight_map':null}",
        "{'weight_map':[]}",
        "{'weight_map':{'a':1}}",
        "{'weight_map':{'a':null}}",
        "{'weight_map':{'a':{'x':'y'}}}",
        "{'weight_map':{'a':'model.safetensors'}",
        "{'weight_map':{'a':'model.safetensors'}} x",
        "{'weight_map':{'a':'model.safetensors','a':'model.safetensors'}}",
        "{'weight_map':{'a':'model.safetensors'},'weight_map':{'a':'model.safetensors'}}",
        "{'metadata':[[[,'weight_map':{'a':'model.safetensors'}}",
        "\ufeff{'weight_map':{'a':'model.safetensors'}}",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
      })
  void refuses_other_json(String json) throws IOException {
    index(json);
    refusal(Reason.INVALID_INDEX);
  }

  @Test
  void refuses_what_is_not_utf8() throws IOException {
    Files.write(directory.resolve("model.safetensors.index.json"), new byte[] {'{', (byte) 0xff});
    refusal(Reason.INVALID_INDEX);
  }

  @Test
  void refuses_deep_nesting() throws IOException {
    index("{'metadata':" + "[".repeat(1_000_000));
    refusal(Reason.INVALID_INDEX);
  }

  @Test
  void refuses_a_file_that_is_too_large_unread() throws IOException {
    Path index = directory.resolve("model.safetensors.index.json");
    try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    refusal(Reason.INVALID_INDEX);
  }

  @Test
  void refuses_more_tensors_than_any_model_has() throws IOException {
    StringBuilder json = new StringBuilder("{'weight_map': {");
    for (int i = 0; i < 6_000_000; i++) {
      json.append('\'').append(i).append("':'$1',");
    }
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        json.toString().replace("$1", "a").replace('\'', '"'));
    refusal(Reason.INVALID_INDEX);
  }

  @Test
  void refuses_a_directory_in_its_place() throws IOException {
    Files.createDirectory(directory.resolve("model.safetensors.index.json"));
    refusal(Reason.UNREADABLE);
  }

  private void write(String file, String... tensors) throws IOException {
    Safetensors.write(
        directory.resolve(file),
        Arrays.stream(tensors).map(name -> Bytes.tensor(name, DType.F16, 4)).toList());
  }

  /// @param json in which `'` stands for `"`, and `$1` and `$2` for the shards
  private void index(String json) throws IOException {
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        json.replace("$1", ONE).replace("$2", TWO).replace('\'', '"'));
  }

  private void assertNames(Path path, String... names) throws IOException {
    try (Checkpoint checkpoint = Safetensors.open(path)) {
      assertThat(checkpoint.specs()).extracting(TensorSpec::name).containsExactly(names);
      for (String name : names) {
        Tensor tensor = checkpoint.find(name).orElseThrow();
        assertThat(Bytes.of(tensor)).isEqualTo(Bytes.of(Bytes.tensor(name, DType.F16, 4)));
      }
      assertThat(checkpoint.name()).isEqualTo(path.toString());
    }
  }

  private SafetensorsException refusal(Reason reason) {
    SafetensorsException refusal =
        catchThrowableOfType(SafetensorsException.class, () -> Safetensors.open(directory));
    assertThat(refusal).isNotNull().hasMessageContaining("(file " + directory);
    assertThat(refusal.reason()).isEqualTo(reason);
    return refusal;
  }
}
