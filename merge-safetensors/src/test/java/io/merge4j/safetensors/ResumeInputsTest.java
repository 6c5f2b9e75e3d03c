// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Directories.assertHolds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.Merge;
import io.merge4j.MergeListener;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.TokenizerChoice;
import io.merge4j.method.Passthrough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A merge goes on only if nothing has changed that its bytes depend on, whatever it is made of.
class ResumeInputsTest {

  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");
  private static final Path TORCH = Path.of("src/test/resources/torch");

  @TempDir private Path temporary;
  private Path inputs;
  private Path outputs;

  /// Changes an input.
  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  @BeforeEach
  void directories() throws IOException {
    inputs = Files.createDirectory(temporary.resolve("in"));
    outputs = Files.createDirectory(temporary.resolve("out"));
  }

  /// Cuts the merge short, and runs it again without and with a change of its inputs.
  private void check(Supplier<Merge> merge, String name, Change change) throws IOException {
    Path out = outputs.resolve(name);
    cut(merge.get(), out);
    MergeReport report = merge.get().writeTo(out, quick());
    assertThat(report.takenOver()).isPositive();
    assertThat(taken(out)).isEqualTo(undisturbed(merge.get(), name));

    cut(merge.get(), out);
    change.run();
    assertThat(merge.get().writeTo(out, quick()).takenOver()).isZero();
    assertThat(taken(out)).isEqualTo(undisturbed(merge.get(), name));
    assertHolds(outputs);
  }

  private static Output quick() {
    return Output.DEFAULT.sync(false).threads(1);
  }

  /// Fails when half is written.
  private static void cut(Merge merge, Path out) {
    MergeListener half =
        new MergeListener() {
          @Override
          public void progress(long written, long total) {
            if (2 * written > total) {
              throw new IllegalStateException("enough");
            }
          }
        };
    assertThatThrownBy(() -> merge.writeTo(out, quick().listener(half)))
        .hasRootCauseMessage("enough");
  }

  private Map<String, String> undisturbed(Merge merge, String name) throws IOException {
    Path out = outputs.resolve(name);
    assertThat(merge.writeTo(out, quick()).takenOver()).isZero();
    return taken(out);
  }

  /// Digests of an output, which is removed.
  private static Map<String, String> taken(Path out) throws IOException {
    Map<String, String> digests = Directories.digests(out);
    MoreFiles.deleteRecursively(out, RecursiveDeleteOption.ALLOW_INSECURE);
    return digests;
  }

  private Path copy(Path source) throws IOException {
    Path target = Files.createDirectories(inputs.resolve(source.getFileName().toString()));
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName().toString()));
      }
    }
    return target;
  }

  private static void replace(Path file, String old, String with) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(old);
    Files.writeString(file, text.replace(old, with));
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
  }

  @Test
  void vocabularies() throws IOException {
    Path a = TinyModels.seeded(1).in(inputs.resolve("a"));
    Path b = TinyModels.seeded(2).in(inputs.resolve("b"));
    tokenizer(a, "\"x\": 0, \"y\": 1, \"z\": 2");
    tokenizer(b, "\"y\": 0, \"w\": 1, \"x\": 2");
    check(
        () -> Merger.slerp(a, b).t(0.5).tokenizer(TokenizerChoice.union()),
        "union",
        () -> tokenizer(b, "\"y\": 0, \"x\": 1, \"w\": 2"));
  }

  private static void tokenizer(Path model, String vocabulary) throws IOException {
    Files.writeString(
        model.resolve("tokenizer.json"),
        "{\"added_tokens\": [], \"model\": {\"type\": \"WordLevel\", \"vocab\": {%s}}}"
            .formatted(vocabulary));
  }

  @Test
  void adapters() throws IOException {
    Path base = copy(ADAPTERS.resolve("llama"));
    Path adapter = copy(ADAPTERS.resolve("llama-lora-bias"));
    Files.delete(adapter.resolve("merged.safetensors"));
    Supplier<Merge> merge = () -> Merger.using(new Passthrough(), base + "+" + adapter);
    check(
        merge,
        "how",
        () ->
            replace(
                adapter.resolve("adapter_config.json"), "\"lora_alpha\": 6", "\"lora_alpha\": 7"));
    check(merge, "what", () -> touch(adapter.resolve("adapter_model.safetensors")));
    check(merge, "base", () -> touch(base.resolve("model.safetensors")));
  }

  @Test
  void pytorch_files() throws IOException {
    Path model = copy(TORCH.resolve("sharded_bin"));
    try (Stream<Path> files = Files.list(model)) {
      Path shard = files.filter(file -> file.toString().endsWith(".bin")).findFirst().orElseThrow();
      check(() -> Merger.using(new Passthrough(), model), "torch", () -> touch(shard));
    }
  }

  @Test
  void checkpoints_beside_the_models() throws IOException {
    Path a = TinyModels.seeded(1).in(inputs.resolve("a"));
    Path b = TinyModels.seeded(2).in(inputs.resolve("b"));
    Path mass = TinyModels.seeded(3).in(inputs.resolve("mass"));
    check(
        () -> Merger.fisher().model(a).fisher(mass).weight(1).model(b).fisher(mass).weight(1),
        "fisher",
        () -> touch(mass.resolve("model.safetensors")));
  }

  @Test
  void configurations() throws IOException {
    Path a = TinyModels.seeded(1).in(inputs.resolve("a"));
    Path b = TinyModels.seeded(2).in(inputs.resolve("b"));
    check(
        () -> Merger.slerp(a, b).t(0.5),
        "config",
        () -> replace(b.resolve("config.json"), "\"vocab_size\": 16", "\"vocab_size\": 15"));
  }

  @Test
  void single_files() throws IOException {
    Path a = TinyModels.seeded(1).in(inputs.resolve("a")).resolve("model.safetensors");
    Path b = TinyModels.seeded(2).in(inputs.resolve("b")).resolve("model.safetensors");
    Path out = outputs.resolve("one.safetensors");
    Merge merge = Merger.slerp(a, b).t(0.5);
    merge.writeTo(out, quick());
    byte[] whole = Files.readAllBytes(out);
    Files.delete(out);
    cut(merge, out);
    assertThat(out).doesNotExist();
    assertThat(merge.writeTo(out, quick()).takenOver()).isPositive();
    assertThat(out).hasBinaryContent(whole);
    assertHolds(outputs, "one.safetensors");
  }
}
