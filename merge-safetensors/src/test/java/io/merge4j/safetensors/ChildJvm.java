// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Programs of the tests in a JVM of their own, with everything the tests run with.
final class ChildJvm {

  private ChildJvm() {}

  /// Starts a program; what it prints to standard error goes to its output.
  ///
  /// @param options of the JVM
  static Process start(Class<?> program, List<String> options, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), program.getName()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /// Everything on module and class path, as one class path.
  private static String classPath() {
    return Stream.of("jdk.module.path", "java.class.path", "surefire.test.class.path")
            .map(key -> System.getProperty(key, ""))
            .filter(path -> !path.isEmpty())
            .collect(Collectors.joining(File.pathSeparator))
        + File.pathSeparator
        + Path.of("target", "test-classes");
  }
}
