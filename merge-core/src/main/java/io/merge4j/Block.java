// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// The same few thousand elements of every operand, decoded to float32, and room for the result.
///
/// The arrays belong to the engine and are used again for the next block.
public final class Block {

  /// Elements of a full block. Blocks start at multiples of it; only a tensor's last one is
  /// shorter.
  public static final int SIZE = 4096;

  private float[][] operands = {};
  private final float[] out = new float[SIZE];
  private int models;
  private boolean base;
  private long first;
  private int size;

  /// A block for no operands yet; only the engine and tests make blocks.
  public Block() {}

  /// Makes room for `models` models, and for a base apart from them.
  public Block shape(int newModels, boolean newBase) {
    return shape(newModels, newBase, 0);
  }

  /// Makes room for `models` models, for a base apart from them, and for what is read beside them.
  public Block shape(int newModels, boolean newBase, int companions) {
    models = newModels;
    base = newBase;
    int arrays = newModels + (newBase ? 1 : 0) + companions;
    if (operands.length != arrays) {
      float[][] resized = new float[arrays][];
      for (int i = 0; i < arrays; i++) {
        resized[i] = i < operands.length ? operands[i] : new float[SIZE];
      }
      operands = resized;
    }
    return this;
  }

  /// Moves the block to the `newSize` elements from `newFirst` on.
  public Block at(long newFirst, int newSize) {
    first = newFirst;
    size = newSize;
    return this;
  }

  /// Index of the block's first element in the flattened tensor.
  public long first() {
    return first;
  }

  /// Number of elements: [#SIZE], or fewer at the tensor's end.
  public int size() {
    return size;
  }

  /// Number of models.
  public int count() {
    return models;
  }

  /// Elements of model `model`; a reduction or blend may overwrite them.
  public float[] operand(int model) {
    return operands[model];
  }

  /// Elements of the base that is apart from the models.
  ///
  /// @throws IllegalStateException if there is none
  public float[] base() {
    if (!base) {
      throw new IllegalStateException("This method declared no base, or the recipe names none");
    }
    return operands[models];
  }

  /// Elements of what is read beside model `model`, if the method has one parameter that names a
  /// [checkpoint][Parameter#checkpoint].
  ///
  /// With several the second one's follow those of the first, model by model.
  public float[] companion(int model) {
    return operands[models + (base ? 1 : 0) + model];
  }

  /// Elements of all models, of a base apart from them, and of what is read beside them.
  public float[][] operands() {
    return operands;
  }

  /// Where the result goes.
  public float[] out() {
    return out;
  }
}
