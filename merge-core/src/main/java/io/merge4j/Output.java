// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.DType;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// How a merge is written: everything that is not part of the recipe.
///
/// {@snippet lang=java :
/// merge.writeTo(path, Output.DEFAULT.shardSize(5_000_000_000L).threads(4));
/// }
///
/// @param dtype type of floating output tensors; else what the recipe or the inputs say
/// @param shardSize greatest number of bytes of tensor data in one file, unless `shardParameters`
///   is present; a larger tensor has its own
/// @param shardParameters greatest number of parameters in one file, each of as many bytes as those
///   of the output take on average
/// @param threads number of worker threads
/// @param seed seed of random methods; that of the recipe, or 0, unless given
/// @param maxMemory greatest number of bytes of heap and direct memory that the merge should use;
///   it runs with fewer threads where [MergePlan#memory()] is more
/// @param overwrite whether a model or adapter that is there is replaced; no other directory is
/// @param sync whether files are forced to the storage device before the output appears
/// @param card writes the model card (`README.md`), if there is to be one
/// @param strict whether NaN or infinity in an input is an error; models whose coefficient is 0 are
///   not read
/// @param allowMissing whether tensors that some models lack are merged from those that have them
/// @param copyTokenizer whether tokenizer files of the base come along if the recipe asks for no
///   tokenizer
/// @param copyCode whether the base's Python files, which its configuration may ask others to run,
///   come along
/// @param resume whether the finished tensors of a merge that was cut short are kept, and taken
///   over by the next run of the same merge
/// @param listener told of progress
public record Output(
    Optional<DType> dtype,
    long shardSize,
    OptionalLong shardParameters,
    int threads,
    OptionalLong seed,
    long maxMemory,
    boolean overwrite,
    boolean sync,
    Optional<CardTemplate> card,
    boolean strict,
    boolean allowMissing,
    boolean copyTokenizer,
    boolean copyCode,
    boolean resume,
    MergeListener listener) {

  private static final int MOST_THREADS = 1024;

  /// The type of the inputs, 5 GB shards, one thread per processor, durable, with a model card.
  public static final Output DEFAULT =
      new Output(
          Optional.empty(),
          5_000_000_000L,
          OptionalLong.empty(),
          Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()),
          OptionalLong.empty(),
          400_000_000L,
          false,
          true,
          Optional.of(CardTemplate.STANDARD),
          false,
          false,
          true,
          false,
          true,
          MergeListener.SILENT);

  /// @throws IllegalArgumentException if a number is out of range or the type cannot be written
  public Output {
    check(shardSize >= 1, "Shard size", shardSize, "at least 1 byte");
    long most = shardParameters.orElse(1);
    check(most >= 1, "Number of parameters per shard", most, "at least 1");
    check(threads >= 1 && threads <= MOST_THREADS, "Number of threads", threads, "1 to 1024");
    check(maxMemory >= 32_000_000, "Memory", maxMemory, "at least 32 MB");
    if (dtype.isPresent() && !dtype.get().isWritable()) {
      throw new IllegalArgumentException(
          "Output type %s, expected one of %s".formatted(dtype.get(), DType.writableNames()));
    }
  }

  private static void check(boolean fine, String what, long found, String expected) {
    if (!fine) {
      throw new IllegalArgumentException("%s is %d, expected %s".formatted(what, found, expected));
    }
  }

  public Output dtype(DType newDtype) {
    return with(change -> change.dtype = Optional.of(newDtype));
  }

  /// With files of at most so many bytes, in place of a number of parameters.
  public Output shardSize(long newShardSize) {
    return with(change -> {
      change.shardSize = newShardSize;
      change.shardParameters = OptionalLong.empty();
    });
  }

  /// With files of at most so many parameters, in place of a size.
  public Output shardParameters(long newShardParameters) {
    return with(change -> change.shardParameters = OptionalLong.of(newShardParameters));
  }

  public Output threads(int newThreads) {
    return with(change -> change.threads = newThreads);
  }

  public Output seed(long newSeed) {
    return with(change -> change.seed = OptionalLong.of(newSeed));
  }

  public Output maxMemory(long newMaxMemory) {
    return with(change -> change.maxMemory = newMaxMemory);
  }

  public Output overwrite(boolean newOverwrite) {
    return with(change -> change.overwrite = newOverwrite);
  }

  public Output sync(boolean newSync) {
    return with(change -> change.sync = newSync);
  }

  /// With the standard model card, or with none.
  public Output card(boolean newCard) {
    return with(
        change -> change.card = newCard ? Optional.of(CardTemplate.STANDARD) : Optional.empty());
  }

  /// With a model card of the caller's own.
  public Output card(CardTemplate newCard) {
    return with(change -> change.card = Optional.of(newCard));
  }

  public Output strict(boolean newStrict) {
    return with(change -> change.strict = newStrict);
  }

  public Output allowMissing(boolean newAllowMissing) {
    return with(change -> change.allowMissing = newAllowMissing);
  }

  public Output copyTokenizer(boolean newCopyTokenizer) {
    return with(change -> change.copyTokenizer = newCopyTokenizer);
  }

  public Output copyCode(boolean newCopyCode) {
    return with(change -> change.copyCode = newCopyCode);
  }

  public Output resume(boolean newResume) {
    return with(change -> change.resume = newResume);
  }

  public Output listener(MergeListener newListener) {
    return with(change -> change.listener = newListener);
  }

  private Output with(Consumer<Change> setting) {
    Change change = new Change(this);
    setting.accept(change);
    return change.done();
  }

  /// A copy while one of its settings changes.
  private static final class Change {
    private Optional<DType> dtype;
    private long shardSize;
    private OptionalLong shardParameters;
    private int threads;
    private OptionalLong seed;
    private long maxMemory;
    private boolean overwrite;
    private boolean sync;
    private Optional<CardTemplate> card;
    private boolean strict;
    private boolean allowMissing;
    private boolean copyTokenizer;
    private boolean copyCode;
    private boolean resume;
    private MergeListener listener;

    Change(Output from) {
      dtype = from.dtype;
      shardSize = from.shardSize;
      shardParameters = from.shardParameters;
      threads = from.threads;
      seed = from.seed;
      maxMemory = from.maxMemory;
      overwrite = from.overwrite;
      sync = from.sync;
      card = from.card;
      strict = from.strict;
      allowMissing = from.allowMissing;
      copyTokenizer = from.copyTokenizer;
      copyCode = from.copyCode;
      resume = from.resume;
      listener = from.listener;
    }

    Output done() {
      return new Output(
          dtype,
          shardSize,
          shardParameters,
          threads,
          seed,
          maxMemory,
          overwrite,
          sync,
          card,
          strict,
          allowMissing,
          copyTokenizer,
          copyCode,
          resume,
          listener);
    }
  }
}
