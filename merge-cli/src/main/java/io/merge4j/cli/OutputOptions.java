// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.Output;
import io.merge4j.tensor.DType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How the output is made: options of every command that merges.
///
/// The names that mergekit has for them are names here too.
final class OutputOptions {

  @Option(
      names = {"-j", "--threads", "--num-threads"},
      paramLabel = "N",
      description = "Worker threads; one per processor unless given.")
  @Nullable Integer threads;

  @Option(
      names = {"--seed", "--random-seed"},
      paramLabel = "N",
      description = "Seed of random methods; the recipe's, or 0, unless given.")
  @Nullable Long seed;

  @Option(
      names = "--dtype",
      paramLabel = "T",
      converter = DTypeConverter.class,
      description =
          "Type of the output: float32, bfloat16, float16, float64; overrides the recipe.")
  @Nullable DType dtype;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      converter = BytesConverter.class,
      description = "Greatest size of a file, e.g. 5GB, which it is unless given.")
  @Nullable Long shardSize;

  @Option(
      names = "--out-shard-size",
      paramLabel = "N",
      converter = CountConverter.class,
      description = "The same as a number of parameters, e.g. 1B, as mergekit counts.")
  @Nullable Long shardParameters;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      converter = BytesConverter.class,
      description = "Heap and direct memory that the merge should use at most, e.g. 400MB.")
  @Nullable Long maxMemory;

  @Option(names = "--overwrite", description = "Replace OUT if it is a model or an adapter.")
  boolean overwrite;

  @Option(names = "--no-card", description = "Write no model card (README.md).")
  boolean noCard;

  @Option(
      names = "--write-model-card",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      hidden = true)
  boolean card;

  @Option(
      names = "--copy-tokenizer",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Whether the base's tokenizer comes along if the recipe asks for none; it does unless told otherwise.")
  boolean copyTokenizer;

  @Option(
      names = "--copy-code",
      description = "Let the base's Python files come along, which others may run with the model.")
  boolean copyCode;

  @Option(
      names = "--no-sync",
      description = "Don't wait until the output is on the storage device; quicker, less durable.")
  boolean noSync;

  @Option(
      names = "--no-resume",
      description = "Start over after a merge that was cut short, and keep nothing of this one.")
  boolean noResume;

  @Option(names = "--strict", description = "Fail if an input that is used holds NaN or infinity.")
  boolean strict;

  @Option(
      names = "--allow-missing",
      description = "Merge tensors that some models lack from those that have them.")
  boolean allowMissing;

  /// The options as the library wants them.
  ///
  /// @throws UsageException if a number is out of range
  Output output() {
    try {
      return given();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private Output given() {
    Output output =
        Output.DEFAULT
            .overwrite(overwrite)
            .card(card && !noCard)
            .copyTokenizer(copyTokenizer)
            .copyCode(copyCode)
            .sync(!noSync)
            .resume(!noResume)
            .strict(strict)
            .allowMissing(allowMissing);
    output = threads == null ? output : output.threads(threads);
    output = seed == null ? output : output.seed(seed);
    output = dtype == null ? output : output.dtype(dtype);
    output = shardSize == null ? output : output.shardSize(shardSize);
    output = shardParameters == null ? output : output.shardParameters(shardParameters);
    return maxMemory == null ? output : output.maxMemory(maxMemory);
  }

  /// Sizes in bytes.
  static final class BytesConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return Bytes.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /// Numbers with mergekit's suffixes K, M and B (for 10^9).
  static final class CountConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        int last = text.length() - 1;
        int power = last < 0 ? -1 : "kmb".indexOf(Character.toLowerCase(text.charAt(last)));
        long number = Long.parseLong(power < 0 ? text : text.substring(0, last));
        return Math.multiplyExact(number, (long) Math.pow(1000, power + 1));
      } catch (NumberFormatException | ArithmeticException e) {
        throw new TypeConversionException(
            "\"%s\", expected a number of parameters such as 5B, 500M or 100000".formatted(text));
      }
    }
  }

  /// Element types by PyTorch's names.
  static final class DTypeConverter implements ITypeConverter<DType> {
    @Override
    public DType convert(String text) {
      return DType.ofTorch(text)
          .filter(DType::isWritable)
          .orElseThrow(() ->
              new TypeConversionException(
                  "\"%s\", expected one of %s".formatted(text, DType.writableNames())));
    }
  }
}
