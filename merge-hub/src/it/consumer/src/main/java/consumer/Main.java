// SPDX-License-Identifier: Apache-2.0
package consumer;

/** Runs once on the class path without the Vector API, once on the module path with it. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    boolean named = Main.class.getModule().isNamed();
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    if (named != args[0].equals("module-path") || vector != named) {
      throw new AssertionError(args[0] + ": named module " + named + ", Vector API " + vector);
    }
    System.out.println(args[0] + ": Java " + System.getProperty("java.version"));
  }
}
