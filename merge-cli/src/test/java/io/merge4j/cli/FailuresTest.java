// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import io.merge4j.hub.HubException;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which exit status failures have: whether it is any use to try again.
class FailuresTest {

  private static int status(Throwable problem) {
    return new Failures(new Main()).getExitCode(problem);
  }

  /// As a model that cannot be opened is told.
  private static MergeException notOpened(Reason reason) {
    IOException told = new IOException("told", new HubException(reason, "told"));
    return new MergeException("Cannot open model", told);
  }

  private static RecipeException both(MergeException first, MergeException second) {
    RecipeException both = new RecipeException(List.of("a", "b"), first);
    both.addSuppressed(second);
    return both;
  }

  @ParameterizedTest
  @CsvSource({
    "UNREACHABLE, 1",
    "RATE_LIMITED, 1",
    "DISK_FULL, 1",
    "LOCAL_FILE, 1",
    "INTERRUPTED, 1",
    "REPOSITORY_NOT_FOUND, 2",
    "GATED, 2",
    "BAD_TOKEN, 2",
    "OFFLINE, 2"
  })
  void what_may_pass_is_no_mistake(Reason reason, int expected) {
    MergeException cause = notOpened(reason);

    assertThat(status(new UsageException("told", cause))).isEqualTo(expected);
    assertThat(status(new RecipeException(List.of("told"), cause))).isEqualTo(expected);
  }

  @Test
  void a_mistake_among_failures_that_may_pass_is_one() {
    MergeException outage = notOpened(Reason.UNREACHABLE);
    MergeException missing = notOpened(Reason.REPOSITORY_NOT_FOUND);

    assertThat(status(both(outage, notOpened(Reason.RATE_LIMITED)))).isEqualTo(1);
    assertThat(status(both(outage, missing))).isEqualTo(2);
    assertThat(status(new RecipeException(List.of("a", "b")))).isEqualTo(2);
  }

  @Test
  void a_hub_out_of_reach_is_no_mistake_of_any_command(@TempDir Path temp) throws Exception {
    Path outage =
        Files.writeString(
            temp.resolve("outage.yml"),
            "merge_method: linear\nmodels: [{model: a/b, parameters: {weight: 1}}]");
    Path mistake =
        Files.writeString(
            temp.resolve("mistake.yml"),
            "merge_method: linear\nmodels: [{model: a/b, parameters: {wait: 1}}]");

    Process plan = start(temp, "plan", outage);
    Process wrong = start(temp, "plan", mistake);
    Process inspect = start(temp, "inspect", "a/b");

    assertThat(ended(plan)).isEqualTo(1);
    assertThat(ended(wrong)).isEqualTo(2);
    assertThat(ended(inspect)).isEqualTo(1);
  }

  /// Nothing listens at that port.
  private static Process start(Path temp, String command, Object argument) throws IOException {
    Map<String, String> environment =
        Map.of(
            "HF_ENDPOINT",
            "http://127.0.0.1:1",
            "HF_HUB_OFFLINE",
            "0",
            "HF_HUB_CACHE",
            temp.resolve("cache").toString());
    return Cli.process(environment, "", Main.class.getName(), command, argument.toString());
  }

  private static int ended(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).contains("no usable answer");
    return process.waitFor();
  }
}
