// SPDX-License-Identifier: Apache-2.0

/// The inner loops: decoding, encoding, sums and counts over blocks of elements.
///
/// [io.merge4j.kernel.Kernels] is all that others see. Merge methods are not here: their loops are
/// plain Java that the JVM's compiler vectorises by itself. A kernel belongs here if it is the
/// bottleneck of merges and gains from the Vector API, or is shared by the ones that do.
package io.merge4j.kernel;
