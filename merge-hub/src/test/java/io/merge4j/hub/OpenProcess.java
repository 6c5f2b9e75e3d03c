// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.nio.file.Path;
import java.util.List;

/// Opens a model of the Hub that the environment names, as a program of its own, and prints its
/// commit or what is wrong. Twice, so that it is seen what is said once.
final class OpenProcess {

  private OpenProcess() {}

  public static void main(String[] args) {
    Hub hub = Hub.fromEnvironment();
    try {
      System.out.println(hub.open(args[0]).commit());
      System.out.println(hub.open(args[0]).commit());
    } catch (HubException e) {
      System.out.println(e.getMessage());
    }
  }

  /// A process that runs this, all its output in one stream.
  static ProcessBuilder of(String reference, String... options) {
    ProcessBuilder process =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    process.command().addAll(List.of(options));
    process
        .command()
        .addAll(List.of("-cp", HubFixture.classPath(), OpenProcess.class.getName(), reference));
    process.environment().keySet().removeIf(name -> name.matches("(?i)(HF_|.*_PROXY|SSL_).*"));
    return process.redirectErrorStream(true);
  }
}
