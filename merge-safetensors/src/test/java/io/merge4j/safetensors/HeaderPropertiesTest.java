// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds for every header. Each run takes another seed and reports it.
class HeaderPropertiesTest {

  private static final String TOKENS = "0123456789\"{}[]:,\\ \0\n-.eut\u00ff\u00c3";

  @Property
  void what_is_written_is_read(
      @ForAll("specs") List<TensorSpec> specs, @ForAll("strings") Map<String, String> metadata)
      throws Exception {
    Shard shard = Layouts.single("x", ImmutableList.copyOf(specs), metadata).shards().getFirst();
    byte[] file = file(shard, metadata);
    assertThat((long) file.length).isEqualTo(shard.bytes());

    SafetensorsHeader read = RawFile.parse(file);
    assertThat(read.specs()).isEqualTo(shard.tensors()).containsExactlyInAnyOrderElementsOf(specs);
    assertThat(read.specs().stream().map(TensorSpec::dtype))
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(read.metadata()).containsAllEntriesOf(metadata).containsKey("format");
    assertThat(read.dataStart() % 8).isZero();
    long offset = read.dataStart();
    for (SafetensorsHeader.Entry entry : read.entries().values()) {
      assertThat(entry.offset()).isEqualTo(offset);
      offset += entry.spec().bytes();
    }
  }

  @Property(tries = 5000)
  void damage_is_refused_or_leaves_a_valid_file(
      @ForAll("specs") List<TensorSpec> specs, @ForAll Random random) {
    Shard shard = Layouts.single("x", ImmutableList.copyOf(specs), Map.of()).shards().getFirst();
    byte[] file = damage(file(shard, Map.of()), random);
    try {
      assertCovers(RawFile.parse(file), file.length);
    } catch (SafetensorsException refusal) {
      assertThat(refusal.getMessage()).hasSizeLessThan(2000).contains("(file raw, offset ");
    }
  }

  @Property(tries = 5000)
  void any_bytes_are_refused_or_a_valid_file(@ForAll byte[] header, @ForAll boolean braces) {
    if (braces && header.length > 1) {
      header[0] = '{';
      header[header.length - 1] = '}';
    }
    byte[] file = RawFile.of(header, 0);
    try {
      assertCovers(RawFile.parse(file), file.length);
    } catch (SafetensorsException refusal) {
      assertThat(refusal.offset().orElseThrow()).isBetween(0L, (long) file.length);
    }
  }

  private static void assertCovers(SafetensorsHeader header, long fileSize) {
    long bytes = header.specs().stream().mapToLong(TensorSpec::bytes).sum();
    assertThat(header.dataStart() + bytes).isEqualTo(fileSize);
  }

  private static byte[] file(Shard shard, Map<String, String> metadata) {
    ImmutableMap<String, String> strings =
        Layouts.single("x", shard.tensors(), metadata).metadata();
    byte[] header = HeaderWriter.header(shard.tensors(), strings);
    return RawFile.of(header, Math.toIntExact(Layouts.dataBytes(shard.tensors())));
  }

  private static byte[] damage(byte[] file, Random random) {
    byte[] tokens = TOKENS.getBytes(StandardCharsets.ISO_8859_1);
    byte[] damaged = file.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(4)) {
        case 0 -> damaged[at] = (byte) random.nextInt();
        case 1 -> damaged[at] = tokens[random.nextInt(tokens.length)];
        case 2 -> {
          int other = random.nextInt(damaged.length);
          byte swapped = damaged[at];
          damaged[at] = damaged[other];
          damaged[other] = swapped;
        }
        default -> damaged = Arrays.copyOf(damaged, at + random.nextInt(1, 20));
      }
    }
    return damaged;
  }

  @Provide
  Arbitrary<List<TensorSpec>> specs() {
    Arbitrary<TensorSpec> spec =
        Combinators.combine(
                text().filter(name -> !name.equals("__metadata__")),
                Arbitraries.of(DType.class),
                Arbitraries.longs().between(0, 5).list().ofMaxSize(4))
            .as(HeaderPropertiesTest::spec);
    return spec.list().ofMaxSize(8).uniqueElements(TensorSpec::name);
  }

  /// Types of 4 and 6 bits get a last dimension that fills whole bytes.
  private static TensorSpec spec(String name, DType dtype, List<Long> dimensions) {
    long[] shape = dimensions.stream().mapToLong(Long::longValue).toArray();
    Shape even = Shape.of(shape);
    if (dtype.bits() < Byte.SIZE) {
      even = even.rank() == 0 ? Shape.of(4) : even.with(even.rank() - 1, 4 * even.rowLength());
    }
    return new TensorSpec(name, dtype, even);
  }

  @Provide
  Arbitrary<Map<String, String>> strings() {
    return Arbitraries.maps(text(), text()).ofMaxSize(4);
  }

  private static Arbitrary<String> text() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(10).filter(Names::isUnicode),
        Arbitraries.strings().withChars("\"\\/\b\n\r\t\0\u001f\u007f{}[],:é\uffee").ofMaxLength(6),
        Arbitraries.of("\ud83d\ude00", "", "a", "model.layers.0.mlp.up_proj.weight"));
  }
}
