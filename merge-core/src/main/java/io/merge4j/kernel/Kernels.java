// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// The inner loops whose speed decides that of a merge: once as plain Java, once for the Vector
/// API.
///
/// Both give the same bits for the same input, at every vector width: the choice is one of speed
/// alone. (Only which NaN a sum of several NaNs is may differ; [#encode] makes all NaNs one.)
///
/// Arrays are the caller's blocks, best of a few thousand elements so that all operands of a call
/// stay in the core's own cache; any count and any start is allowed. Segments hold packed
/// little-endian elements, on or off the heap, at any alignment. Between calls a thread keeps some
/// 50 kB of working arrays and nothing else; all methods may be called by many threads at once.
///
/// Every method throws [IndexOutOfBoundsException] if a range leaves its array or segment.
public sealed interface Kernels permits ScalarKernels, VectorKernels {

  /// Decodes `count` elements at byte `offset` of `from` to float32, into `into[at]` and following.
  ///
  /// F64 is rounded to nearest even, every other floating type widens exactly.
  ///
  /// @throws IllegalArgumentException if `dtype` is not [floating][DType#isFloat]
  void decode(DType dtype, MemorySegment from, long offset, float[] into, int at, int count);

  /// Encodes `from[at]` and the following `count` elements to bytes from `offset` of `into` on.
  ///
  /// Rounds to nearest even, overflows to infinity; every NaN becomes the type's positive quiet NaN
  /// without payload, since NaNs that arithmetic makes differ from machine to machine.
  ///
  /// @return whether all of them are finite, before they are rounded
  /// @throws IllegalArgumentException if `dtype` is not [writable][DType#isWritable]
  boolean encode(DType dtype, float[] from, int at, int count, MemorySegment into, long offset);

  /// The inner product of `a` and `b` over the `count` elements from `at` on, in float64.
  ///
  /// Products of two floats are exact. Element `i` of the range is added to lane `i mod 512`, in
  /// order; the lanes are folded in halves (lane j with j + 256, then j + 128, ...).
  double dot(float[] a, float[] b, int at, int count);

  /// Adds the inner products of all pairs of the first `n` operands to `sums`, each as [#dot].
  ///
  /// @param sums as [Gram] has them
  default void gram(float[][] x, int n, int at, int count, double[] sums) {
    int pair = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        sums[pair++] += dot(x[i], x[j], at, count);
      }
    }
  }

  /// The sum of magnitudes over the `count` elements from `at` on, in float64, in lanes as [#dot].
  double sumAbs(float[] x, int at, int count);

  /// Writes the sum of `c[i] * x[i]` over the first `n` operands, rounded once to float32, to
  /// `out`.
  ///
  /// Products and sums are taken in float64, in operand order. An operand whose coefficient is 0 is
  /// left out, so that its NaNs do not spread; the sum of none is +0. A sum of one operand whose
  /// coefficient is 1 is that operand, bit for bit. All arrays are used from `at` on; `out` must
  /// not be one of the operands.
  void weightedSum(double[] c, float[][] x, int n, float[] out, int at, int count);

  /// Adds the inner products of rows of two matrices, `sums[i][j] += <a[i], b[j]>`, each as [#dot]
  /// but in 32 lanes, of which a tile of products keeps all in registers.
  ///
  /// @param n rows of `b` that count
  void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums);

  /// Adds multiples of rows, `out[k][j] += Σ_i c[k][i] x[i][j]`, in float64 and in the order of
  /// `i`, for the `count` columns from `at` on.
  ///
  /// @param n rows of `x` that count
  void addProducts(double[][] c, float[][] x, int n, double[][] out, int at, int count);

  /// Elects signs and adds what agrees with them to a base, for the `count` elements from `at` on.
  ///
  /// @param d task vectors, as many as the election has votes
  /// @param out may be `base`, but not one of `d`
  void elect(Election election, float[][] d, float[] base, float[] out, int at, int count);

  /// How many of the `count` elements from `at` on are NaN or infinite; cheapest if none is.
  int nonFinite(float[] x, int at, int count);

  /// Whether the exponents of the `count` elements at byte `offset` of `from` tell that all are
  /// finite, without decoding them.
  ///
  /// They tell it of F32, F16 and BF16; for other types this is false.
  boolean knownFinite(DType dtype, MemorySegment from, long offset, int count);

  /// How many of the `count` elements from `at` on have a magnitude above that of raw `bits`.
  ///
  /// Magnitudes compare as their bits do: `floatToRawIntBits(v) & 0x7fffffff`, NaN above infinity.
  ///
  /// @param bits the raw bits of a float without its sign; -1, which is below zero, counts all
  int countAbove(float[] x, int at, int count, int bits);

  /// Appends the indices of the elements whose magnitudes are from raw bits `low` to `high`, in
  /// their order, to `into`.
  ///
  /// @param into with room for `count` more
  /// @param size number of elements in `into`
  /// @return their number afterwards
  int find(float[] x, int at, int count, int low, int high, int[] into, int size);

  /// Sets elements to zero, except those whose magnitude is above that of raw bits `low` and not
  /// above that of `high`, compared as [#countAbove] does.
  ///
  /// @param low from -1, which is below zero
  void keep(float[] x, int at, int count, int low, int high);

  /// The kernels in use in this JVM: the fastest that work here, unless `-Dmerge.kernels` says
  /// `scalar` or `vector`.
  ///
  /// @throws IllegalStateException if the kernels that were asked for are impossible here
  static Kernels best() {
    return KernelChoice.IN_USE.kernels();
  }

  /// What [#best] gives and, if there are faster ones, how to get them; for a line in the log.
  static String description() {
    return KernelChoice.IN_USE.description();
  }

  /// Plain Java; works everywhere.
  static Kernels scalar() {
    return ScalarKernels.INSTANCE;
  }

  /// The Vector API's, if this JVM was started with it and its compiler makes it fast.
  static Optional<Kernels> vector() {
    return KernelChoice.vector();
  }
}
