// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A disk on which a certain operation that changes something fails: creating a file or directory,
/// writing, truncating, forcing, renaming, deleting. All else is done on the real one, but nothing
/// is forced.
class FaultyDisk extends FileSystemProvider {

  private static final Set<String> TAKING_SPACE = Set.of("create", "mkdir", "write", "force");
  private static final Set<String> ALL =
      Set.of("create", "mkdir", "write", "truncate", "force", "rename", "delete");

  private final FileSystem system = new FaultyFileSystem(this);
  private final AtomicInteger operations = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger direct = new AtomicInteger();
  private volatile int fault = Integer.MAX_VALUE;
  private volatile Set<String> staying = Set.of();
  private volatile String message = "";
  private volatile boolean readable;
  private volatile boolean cachedOnly;
  private final AtomicBoolean losing = new AtomicBoolean();
  private final Queue<String> failed = new ConcurrentLinkedQueue<>();

  /// From now on the operation with this number fails, counted from 1.
  ///
  /// @param full whether all later ones that take space fail, too
  void failAt(int operation, boolean full) {
    failAt(operation, full ? TAKING_SPACE : Set.of(), "No space left on device");
  }

  /// From now on the operation with this number and all that follow fail.
  void dieAt(int operation) {
    failAt(operation, ALL, "Input/output error");
  }

  /// From now on every operation that takes space fails as for a user who has none left.
  void useUpQuota() {
    failAt(0, TAKING_SPACE, "Disk quota exceeded");
  }

  /// The next shard that is forced is not, which the system tells once.
  void loseForcedOnce() {
    losing.set(true);
  }

  /// From now on every operation that changes something fails.
  ///
  /// @param known whether the system says so when it is asked for its permission
  void protect(boolean known) {
    failAt(0, ALL, "Read-only file system");
    readable = known;
  }

  private void failAt(int operation, Set<String> later, String why) {
    operations.set(0);
    failed.clear();
    staying = later;
    readable = false;
    message = why;
    fault = operation;
  }

  /// No operation fails.
  void heal() {
    failAt(Integer.MAX_VALUE, false);
  }

  /// The read with this number from now on fails, counted from 1; all others do not.
  void failRead(int number) {
    reads.set(-number);
  }

  /// Whether that read has come.
  boolean hasFailedRead() {
    return reads.get() >= 0;
  }

  /// Counts a read by position, and fails if it is the one.
  void reading(Path path) throws IOException {
    if (reads.incrementAndGet() == 0) {
      throw new IOException("Input/output error in " + path);
    }
  }

  /// From now on no file is opened past the system's page cache.
  void refuseDirect() {
    cachedOnly = true;
  }

  /// How often a file was opened past the system's page cache.
  int direct() {
    return direct.get();
  }

  /// What has failed since [#failAt]; empty if nothing.
  String failed() {
    return String.join(", ", failed);
  }

  /// Number of channels that are open.
  int open() {
    return open.get();
  }

  void opened(int change) {
    open.addAndGet(change);
  }

  /// Counts an operation, and fails if it is the one.
  void operation(String what, Object where) throws IOException {
    int number = operations.incrementAndGet();
    if (what.equals("force")
        && where.toString().endsWith(".safetensors")
        && losing.getAndSet(false)) {
      throw new IOException("Input/output error");
    }
    if (number == fault || (number > fault && staying.contains(what))) {
      failed.add(what + " " + where);
      throw new IOException(message);
    }
  }

  /// A file's content, or a directory's names, were forced.
  ///
  /// @param path on the real disk
  void forced(Path path) throws IOException {}

  /// Removes a file or an empty directory.
  ///
  /// @param path on the real disk
  void remove(Path path) throws IOException {
    Files.delete(path);
  }

  /// A path of the real file system, on this disk.
  Path on(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            Path.class.getClassLoader(),
            new Class<?>[] {Path.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getFileSystem")) {
                return system;
              }
              Object[] given = arguments == null ? new Object[0] : arguments;
              try {
                Object found =
                    method.invoke(path, Arrays.stream(given).map(FaultyDisk::real).toArray());
                return found instanceof Path other ? on(other) : found;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Object real(Object argument) {
    return argument instanceof Path path && path.getFileSystem() instanceof FaultyFileSystem
        ? Path.of(path.toString())
        : argument;
  }

  static Path real(Path path) {
    return (Path) real((Object) path);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    if (options.contains(StandardOpenOption.CREATE)
        || options.contains(StandardOpenOption.CREATE_NEW)) {
      operation("create", path);
    }
    if (options.stream().anyMatch(option -> option.toString().equals("DIRECT"))) {
      if (cachedOnly) {
        throw new UnsupportedOperationException("DIRECT");
      }
      direct.incrementAndGet();
    }
    return new FaultyChannel(this, path, FileChannel.open(real(path), options, attributes));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> real = Files.newDirectoryStream(real(directory))) {
      for (Path path : real) {
        if (filter.accept(on(path))) {
          found.add(on(path));
        }
      }
    }
    return new DirectoryStream<>() {
      @Override
      public java.util.Iterator<Path> iterator() {
        return found.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    operation("mkdir", directory);
    Files.createDirectory(real(directory), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    operation("delete", path);
    remove(real(path));
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    operation("rename", source);
    if (Files.exists(real(target), LinkOption.NOFOLLOW_LINKS)) {
      remove(real(target));
    }
    Files.move(real(source), real(target), options);
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return Files.isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return Files.isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return Files.getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    if (readable && List.of(modes).contains(AccessMode.WRITE)) {
      throw new AccessDeniedException(path.toString());
    }
    real(path).getFileSystem().provider().checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return Files.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return Files.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    Files.setAttribute(real(path), name, value, options);
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return system;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }
}
