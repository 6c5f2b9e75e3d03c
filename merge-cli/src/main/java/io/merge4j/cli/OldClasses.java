// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/// What the launcher lets a JVM do with jars of Java 5, as picocli's is: of such old class files
/// the JVM keeps none in its ahead-of-time cache, and it takes long to verify them.
///
/// They become class files of Java 8 with the same code, and the stack maps that those must have.
final class OldClasses {

  private static final ClassFile CLASS_FILE =
      ClassFile.of(
          StackMapsOption.GENERATE_STACK_MAPS,
          ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(OldClasses.class.getClassLoader())));

  private OldClasses() {}

  /// Rewrites the jars that have class files older than those of Java 6. Each is replaced whole, or
  /// stays as it is.
  ///
  /// @param args a directory of jars, which are on the class path
  public static void main(String[] args) throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    for (Path jar : jars) {
      if (isOld(jar)) {
        // It is on the class path, and read meanwhile.
        String name = "%s.%d.tmp".formatted(jar.getFileName(), ProcessHandle.current().pid());
        Path rewritten = jar.resolveSibling(name);
        rewrite(jar, rewritten);
        Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static boolean isOld(Path path) throws IOException {
    try (JarFile jar = new JarFile(path.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (isClass(entry) && isOld(CLASS_FILE.parse(bytes(jar, entry)))) {
          return true;
        }
      }
      return false;
    }
  }

  private static void rewrite(Path from, Path to) throws IOException {
    try (JarFile jar = new JarFile(from.toFile());
        OutputStream file = Files.newOutputStream(to);
        JarOutputStream out = new JarOutputStream(file)) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        byte[] bytes = bytes(jar, entry);
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(isClass(entry) ? modern(bytes) : bytes);
        out.closeEntry();
      }
    }
  }

  private static byte[] modern(byte[] bytes) {
    ClassModel model = CLASS_FILE.parse(bytes);
    if (!isOld(model)) {
      return bytes;
    }
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    return CLASS_FILE.transformClass(
        model, ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
  }

  private static boolean isOld(ClassModel model) {
    return model.majorVersion() < ClassFile.JAVA_6_VERSION;
  }

  private static boolean isClass(JarEntry entry) {
    return entry.getName().endsWith(".class");
  }

  private static byte[] bytes(JarFile jar, JarEntry entry) throws IOException {
    try (var in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }
}
