// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeException;
import io.merge4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Samples with bytes changed, moved, cut or doubled. Each run takes another seed and reports it.
class DamagedFilesTest {

  private static final int SMALL = 1 << 16;

  /// Instructions of pickles, and numbers at the ends of their ranges.
  private static final byte[] TOKENS = {
    '(',
    ')',
    ']',
    '}',
    'a',
    'e',
    's',
    'u',
    't',
    'R',
    'Q',
    'b',
    'c',
    'q',
    'h',
    'r',
    'j',
    'X',
    'K',
    'M',
    'J',
    '.',
    'N',
    (byte) 0x80,
    (byte) 0x81,
    (byte) 0x85,
    (byte) 0x86,
    (byte) 0x8a,
    (byte) 0x93,
    (byte) 0x94,
    (byte) 0x95,
    0,
    1,
    2,
    127,
    -128,
    -1
  };

  @Property(tries = 5000)
  void damage_is_refused_or_leaves_readable_tensors(
      @ForAll("samples") String name, @ForAll Random random) {
    byte[] file = damage(Samples.bytes(name), random);
    try {
      for (Tensor tensor : Samples.open("damaged", file).values()) {
        if (tensor.spec().bytes() <= SMALL) {
          assertThat(Samples.raw(tensor)).hasSize((int) tensor.spec().bytes());
        }
      }
    } catch (TorchException refusal) {
      assertThat(refusal.getMessage()).hasSizeLessThan(3000).contains("(file damaged");
    } catch (MergeException damagedWhenUnpacked) {
      assertThat(damagedWhenUnpacked).hasMessageContaining("Cannot unpack");
    }
  }

  @Provide
  Arbitrary<String> samples() {
    List<String> names = Samples.names();
    return Arbitraries.of(names);
  }

  private static byte[] damage(byte[] file, Random random) {
    byte[] damaged = file.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(6)) {
        case 0 -> damaged[at] = (byte) random.nextInt();
        case 1, 2 -> damaged[at] = TOKENS[random.nextInt(TOKENS.length)];
        case 3 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 4 -> damaged = Arrays.copyOf(damaged, at + 1);
        default -> {
          int from = random.nextInt(damaged.length);
          int length = Math.min(random.nextInt(40), damaged.length - Math.max(at, from));
          System.arraycopy(damaged, from, damaged, at, length);
        }
      }
    }
    return damaged;
  }
}
