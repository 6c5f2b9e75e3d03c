// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.Merger;
import io.merge4j.RecipeException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Where merges write to: what they refuse to replace, and what they leave when they fail.
class MergeOutputTest extends TwoModelsFixture {

  @Test
  void the_directory_of_an_input_and_what_exists_are_refused() throws IOException {
    assertThat(
            catchThrowableOfType(RecipeException.class, () -> Merger.slerp(a, b).t(0.5).writeTo(b)))
        .hasMessageContaining("directory of an input");
    assertThat(
            catchThrowableOfType(
                RecipeException.class,
                () ->
                    Merger.slerp(a, b)
                        .t(0.5)
                        .writeTo(directory.resolve("a/../b"), QUICK.overwrite(true))))
        .hasMessageContaining("directory of an input");
    Files.createDirectories(out);
    Files.writeString(out.resolve("precious.txt"), "x");
    assertThat(
            catchThrowableOfType(
                RecipeException.class, () -> Merger.slerp(a, b).t(0.5).writeTo(out)))
        .hasMessageContaining("exists already");
    assertThat(
            catchThrowableOfType(
                RecipeException.class,
                () -> Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.overwrite(true))))
        .hasMessageContaining("holds no model, expected one to replace");
    assertThat(out.resolve("precious.txt")).exists();
    Files.writeString(out.resolve("config.json"), "{}");
    Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.overwrite(true));
    assertThat(out.resolve("precious.txt")).doesNotExist();
    assertThat(out.resolve("model.safetensors")).exists();
  }

  @Test
  void a_link_is_not_replaced_even_if_it_leads_to_an_empty_directory() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createSymbolicLink(out, elsewhere);
    assertThat(
            catchThrowableOfType(
                RecipeException.class, () -> Merger.slerp(a, b).t(0.5).writeTo(out, QUICK)))
        .hasMessageContaining("is a link, expected a directory");
    assertThat(
            catchThrowableOfType(
                RecipeException.class,
                () -> Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.overwrite(true))))
        .hasMessageContaining("is a link, expected a directory");
    assertThat(out).isSymbolicLink();
  }

  @Test
  void what_a_run_that_died_had_moved_aside_comes_back() throws IOException {
    Path aside = Files.createDirectory(directory.resolve(".out.merge4j.old"));
    Files.writeString(aside.resolve("config.json"), "{}");
    Stopping.at(
        1,
        () -> {
          throw new IllegalStateException("enough");
        });
    assertThat(
            catchThrowableOfType(
                MergeException.class,
                () -> Merger.using(new Stopping(), a, b).writeTo(out, QUICK.overwrite(true))))
        .hasRootCauseMessage("enough");
    assertThat(out.resolve("config.json")).hasContent("{}");
    assertThat(aside).doesNotExist();
  }

  @Test
  void folders_that_the_base_is_made_of_come_along() throws IOException {
    Files.writeString(
        a.resolve("modules.json"),
        "[{\"path\": \"\"}, {\"path\": \"1_Pooling\"}, {\"path\": \"../b\"}, {\"path\": \"2_None\"}]");
    Files.createDirectory(a.resolve("1_Pooling"));
    Files.writeString(a.resolve("1_Pooling/config.json"), "{}");
    Files.createDirectory(a.resolve("onnx"));
    Merger.slerp(a, b).t(0.5).writeTo(out, QUICK);
    assertThat(out.resolve("1_Pooling/config.json")).hasContent("{}");
    assertThat(out).isDirectoryNotContaining("glob:**/{onnx,2_None,b}");
  }

  @Test
  void files_that_come_along_may_be_read_only() throws IOException {
    Path notes = Files.writeString(a.resolve("notes.txt"), "x");
    assumeTrue(notes.toFile().setReadOnly() && File.separatorChar == '/');
    Merger.slerp(a, b).t(0.5).writeTo(out);
    assertThat(out.resolve("notes.txt")).hasContent("x");
    assertThat(Files.getPosixFilePermissions(out.resolve("notes.txt")))
        .contains(PosixFilePermission.OWNER_WRITE);
  }

  @Test
  void an_interrupted_merge_leaves_nothing_behind_unless_it_may_be_resumed()
      throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    MergeListener slow =
        new MergeListener() {
          @Override
          public void progress(long written, long total) {
            started.countDown();
            try {
              Thread.sleep(TimeUnit.MINUTES.toMillis(1));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread merge =
        Thread.ofPlatform()
            .start(() ->
                failure.set(
                    catchThrowableOfType(
                        MergeException.class,
                        () ->
                            Merger.slerp(a, b)
                                .t(0.5)
                                .writeTo(out, QUICK.resume(false).listener(slow)))));
    started.await();
    merge.interrupt();
    merge.join();
    assertThat(failure.get()).hasMessageContaining("interrupted");
    assertThat(out).doesNotExist();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void a_failing_listener_ends_the_merge_and_leaves_nothing_behind_unless_it_may_be_resumed() {
    MergeListener failing =
        new MergeListener() {
          @Override
          public void progress(long written, long total) {
            throw new IllegalStateException("enough");
          }
        };
    assertThat(
            catchThrowableOfType(
                MergeException.class,
                () ->
                    Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.resume(false).listener(failing))))
        .hasRootCauseMessage("enough");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void a_second_merge_into_the_same_place_is_refused() {
    AtomicReference<Throwable> second = new AtomicReference<>();
    MergeListener nested =
        new MergeListener() {
          @Override
          public void progress(long written, long total) {
            if (second.get() == null) {
              second.set(
                  catchThrowableOfType(
                      MergeException.class, () -> Merger.slerp(a, b).t(0.5).writeTo(out, QUICK)));
            }
          }
        };
    Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.listener(nested));
    assertThat(second.get()).hasMessageContaining("another merge");
    assertThat(out.resolve("config.json")).exists();
  }
}
