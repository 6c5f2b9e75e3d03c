// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.merge4j.cli.Started.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The script `merge4j`, in a folder that looks built, with a JDK whose `java` prints its path and
/// what it is given, an argument a line.
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

  private static final String PRINT =
      """
      #!/bin/sh
      printf '%s\\n' "$0" "$@"
      """;

  /// Builds as slowly as it takes two starts to meet, and counts.
  private static final String BUILD =
      """
      #!/bin/sh
      echo once >>builds
      sleep 1
      for argument; do
        case $argument in -Dapp.jars=*) : >"${argument#*=}/built.jar" ;; esac
      done
      """;

  @TempDir Path temp;

  private Path root;
  private Path app;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void build() throws IOException {
    temp = temp.toRealPath();
    root = root("a b");
    app = root.resolve("merge-cli/target/app");
    environment.put("JAVA_HOME", jdk("25.0.3").toString());
  }

  @Test
  void a_merge_starts_without_the_vector_api() throws Exception {
    List<String> options = options("run", "recipe.yml", "out");

    assertThat(options)
        .contains("-Xmn10m", "-XX:+UseSerialGC", "-XX:-UseProfiledLoopPredicate")
        .contains("-XX:Tier2InvokeNotifyFreqLog=15", "-XX:C1MaxInlineSize=8")
        .doesNotContain("--add-modules");
    assertThat(options.contains("-XX:InlineSmallCode=600")).isEqualTo(hasAvx2());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"extract-lora a b c", "run r o --kernels vector", "run r o --kernels=vector"})
  void the_vector_api_comes_with_options_that_suit_it(String command) throws Exception {
    List<String> options = options(command.split(" ", -1));

    assertThat(options)
        .containsSequence("--add-modules", "jdk.incubator.vector")
        .contains("-Xmn36m", "-XX:+UseSerialGC")
        .noneMatch(option -> option.contains("InlineSmallCode"))
        .noneMatch(option -> option.contains("Tier2") || option.contains("C1Max"));
  }

  @Test
  void options_of_the_user_come_last() throws Exception {
    environment.put("MERGE4J_OPTS", "-Dmine=1 -Xmx1234m");

    assertThat(options("methods")).endsWith("-Dmine=1", "-Xmx1234m");
  }

  @Test
  void a_heap_of_the_users_size_has_no_young_generation_of_ours() throws Exception {
    environment.put("MERGE4J_OPTS", "-Xmx2g");

    assertThat(options("methods"))
        .contains("-XX:+UseSerialGC")
        .noneMatch(option -> option.startsWith("-Xmn"));
  }

  @Test
  void a_newer_jdk_may_lack_an_option() throws Exception {
    assertThat(options("methods")).doesNotContain("-XX:+IgnoreUnrecognizedVMOptions");

    environment.put("JAVA_HOME", jdk("26").toString());
    assertThat(options("methods")).startsWith("-XX:+IgnoreUnrecognizedVMOptions");
  }

  @Test
  @DisabledOnOs(value = OS.MAC, disabledReason = "there the system tells which java is on the PATH")
  void an_older_jdk_is_passed_over() throws Exception {
    Path newer = Path.of(environment.get("JAVA_HOME"), "bin");
    environment.put("JAVA_HOME", jdk("17.0.15").toString());
    environment.put("PATH", newer + ":" + System.getenv("PATH"));

    assertThat(run("methods").out()).startsWith(newer.resolve("java").toString());
  }

  @Test
  void it_runs_the_command_on_the_jars() throws Exception {
    String jar = app.resolve("jars-1/a.jar").toString();

    assertThat(run("run", "my recipe.yml", "").out())
        .endsWith("-cp", jar, Main.class.getName(), "run", "my recipe.yml", "");
  }

  @Test
  void a_closed_standard_input_is_an_empty_one() throws Exception {
    Path java = Path.of(environment.get("JAVA_HOME"), "bin/java");
    program(java, "#!/bin/sh\ntrue 3<&0 && cat && echo read\n");
    Path closing = temp.resolve("closing");
    program(closing, "exec sh 'a b/merge4j' methods <&-\n");

    assertThat(start(closing).end().out()).containsExactly("read");
  }

  @Test
  void it_finds_its_folder_through_links() throws Exception {
    Path bin = Files.createDirectory(temp.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("direct"), Path.of("../a b/merge4j"));
    Path link = Files.createSymbolicLink(bin.resolve("merge4j"), Path.of("direct"));

    assertThat(start(link, "methods").end().out()).contains(app.resolve("jars-1/a.jar").toString());
  }

  @Test
  void it_finds_its_folder_whatever_cdpath_says() throws Exception {
    Path elsewhere = Files.createDirectories(temp.resolve("elsewhere/a b")).getParent();
    environment.put("CDPATH", elsewhere.toString());

    assertThat(start(Path.of("a b/merge4j"), "methods").end().out())
        .contains(app.resolve("jars-1/a.jar").toString());
  }

  @Test
  void a_folder_that_no_class_path_can_name_is_refused() throws Exception {
    Result result = start(root("a:b").resolve("merge4j"), "methods").end();

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("a:b").contains("':'").contains("move");
  }

  @Test
  void two_starts_at_once_build_once() throws Exception {
    Files.delete(app.resolve("built"));
    Path launcher = root.resolve("merge4j");
    List<Started> starts = List.of(start(launcher, "methods"), start(launcher, "methods"));
    List<Result> results = List.of(starts.get(0).end(), starts.get(1).end());

    assertThat(root.resolve("builds")).hasContent("once");
    assertThat(results).extracting(Result::status).containsOnly(0);
    assertThat(results)
        .allSatisfy(result -> assertThat(result.out()).anyMatch(x -> x.endsWith("/built.jar")));
    assertThat(results).extracting(Result::err).anyMatch(err -> err.contains("waiting"));
    assertThat(app.resolve("lock")).doesNotExist();
  }

  @Test
  void the_lock_of_a_process_that_is_gone_is_taken_over() throws Exception {
    Files.delete(app.resolve("built"));
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    Files.createSymbolicLink(app.resolve("lock"), Path.of(Long.toString(gone.pid())));

    assertThat(run("methods").err()).contains("building").doesNotContain("waiting");
    assertThat(app).isDirectoryNotContaining(Files::isSymbolicLink);
  }

  @Test
  void jars_in_use_stay_until_the_build_after_the_next() throws Exception {
    Path source = root.resolve("merge-core/src/main/New.java");
    Files.createFile(source);
    run("methods");
    assertThat(app.resolve("jars-1/a.jar")).exists();

    Files.delete(source);
    run("methods");
    assertThat(app.resolve("jars-1")).doesNotExist();
    assertThat(root.resolve("builds")).hasContent("once\nonce");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "extract-lora"})
  void the_jdk_that_these_options_are_for_knows_them_all(String command) throws Exception {
    assumeThat(Runtime.version().feature()).isEqualTo(25);
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(options(command));
    line.add("-version");

    Result result = new Started(new ProcessBuilder(line), temp).end();

    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("Unrecognized", "ignoring option");
  }

  /// What the JVM is given before the class path.
  private List<String> options(String... command) throws Exception {
    List<String> out = run(command).out();
    return out.subList(1, out.indexOf("-cp"));
  }

  private Result run(String... command) throws Exception {
    return start(root.resolve("merge4j"), command).end();
  }

  private Started start(Path launcher, String... command) throws IOException {
    List<String> line = new ArrayList<>(List.of("sh", launcher.toString()));
    line.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(line);
    List.of("CDPATH", "MERGE4J_OPTS").forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    return new Started(builder, temp);
  }

  /// A folder with the launcher that looks built.
  private Path root(String name) throws IOException {
    Path folder = Files.createDirectory(temp.resolve(name));
    Files.copy(Path.of("..", "merge4j"), folder.resolve("merge4j"));
    program(folder.resolve("mvnw"), BUILD);
    for (String module : List.of("core", "safetensors", "hub", "cli")) {
      Path sources = folder.resolve("merge-" + module).resolve("src/main");
      Files.setLastModifiedTime(Files.createDirectories(sources), secondsAgo(20));
    }
    Path jars = Files.createDirectories(folder.resolve("merge-cli/target/app/jars-1"));
    Files.createFile(jars.resolve("a.jar"));
    Path built = Files.writeString(jars.resolveSibling("built"), "jars-1\n");
    Files.setLastModifiedTime(built, secondsAgo(10));
    return folder;
  }

  private static FileTime secondsAgo(long seconds) {
    return FileTime.from(Instant.now().minusSeconds(seconds));
  }

  private Path jdk(String version) throws IOException {
    Path home = temp.resolve("jdk " + version);
    Files.createDirectories(home.resolve("bin"));
    program(home.resolve("bin/java"), PRINT);
    program(home.resolve("bin/javac"), PRINT);
    Files.writeString(
        home.resolve("release"),
        """
        JAVA_RUNTIME_VERSION="%1$s+9-LTS"
        JAVA_VERSION="%1$s"
        MODULES="java.base jdk.incubator.vector"
        """
            .formatted(version));
    return home;
  }

  private static void program(Path path, String text) throws IOException {
    Files.writeString(path, text);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static boolean hasAvx2() throws IOException {
    Path cpu = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(cpu)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(cpu)) {
      return lines.anyMatch(line -> line.startsWith("flags") && line.contains("avx2"));
    }
  }
}
