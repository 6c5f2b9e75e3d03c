// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OldClassesTest {

  @TempDir private Path directory;
  private Path old;
  private Path modern;

  @BeforeEach
  void copyJars() throws Exception {
    old = directory.resolve("picocli.jar");
    Files.copy(jar(CommandLine.class), old);
    modern = directory.resolve("guava.jar");
    Files.copy(jar(ImmutableList.class), modern);
  }

  private static Path jar(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  @Test
  void old_classes_become_those_of_java_8_and_run_as_before() throws Exception {
    List<String> names = names(old);
    assertThat(versions(old)).contains(49);
    OldClasses.main(new String[] {directory.toString()});
    assertThat(versions(old)).isNotEmpty().doesNotContain(49);
    assertThat(names(old)).isEqualTo(names);
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("picocli.jar", "guava.jar");

    ClassLoader parent = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {old.toUri().toURL()}, parent)) {
      for (String name : names) {
        if (name.startsWith("picocli/CommandLine") && name.endsWith(".class")) {
          // Verified when initialised.
          Class.forName(name.replace('/', '.').replace(".class", ""), true, loader);
        }
      }
    }
  }

  @Test
  void other_jars_and_jars_done_before_stay_as_they_are() throws IOException {
    byte[] before = Files.readAllBytes(modern);
    OldClasses.main(new String[] {directory.toString()});
    assertThat(modern).hasBinaryContent(before);
    byte[] rewritten = Files.readAllBytes(old);
    OldClasses.main(new String[] {directory.toString()});
    assertThat(old).hasBinaryContent(rewritten);
  }

  private static List<String> names(Path path) throws IOException {
    try (JarFile jar = new JarFile(path.toFile())) {
      return Collections.list(jar.entries()).stream().map(JarEntry::getName).toList();
    }
  }

  private static List<Integer> versions(Path path) throws IOException {
    List<Integer> versions = new ArrayList<>();
    try (JarFile jar = new JarFile(path.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().endsWith(".class")) {
          try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
            in.skipNBytes(6);
            versions.add(in.readUnsignedShort());
          }
        }
      }
    }
    return versions;
  }
}
