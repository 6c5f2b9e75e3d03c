// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.Random;

/// Tensors that make selection hard in different ways.
enum TensorKind {
  NORMAL {
    @Override
    float value(Random random, int i) {
      return (float) random.nextGaussian();
    }
  },
  FEW_VALUES {
    @Override
    float value(Random random, int i) {
      return random.nextInt(-4, 5) * 0.25f;
    }
  },
  ALL_EQUAL {
    @Override
    float value(Random random, int i) {
      return random.nextBoolean() ? 0.5f : -0.5f;
    }
  },
  MOSTLY_ZERO {
    @Override
    float value(Random random, int i) {
      return random.nextInt(10) == 0 ? (float) random.nextGaussian() : -0f;
    }
  },
  SUBNORMAL {
    @Override
    float value(Random random, int i) {
      return Float.intBitsToFloat(random.nextInt(1000));
    }
  },
  NOT_FINITE {
    @Override
    float value(Random random, int i) {
      return switch (random.nextInt(20)) {
        case 0 -> Float.NaN;
        case 1 -> Float.POSITIVE_INFINITY;
        case 2 -> Float.intBitsToFloat(0x7fffffff);
        default -> Float.intBitsToFloat(random.nextInt());
      };
    }
  },
  /// The sample sees nothing of the second half's size.
  SORTED {
    @Override
    float value(Random random, int i) {
      return i * 1e-3f;
    }
  },
  BROAD {
    @Override
    float value(Random random, int i) {
      return (float) Math.exp(random.nextGaussian() * 20);
    }
  };

  abstract float value(Random random, int i);

  float[] values(int size) {
    Random random = new Random(size + name().hashCode());
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = value(random, i);
    }
    return values;
  }
}
