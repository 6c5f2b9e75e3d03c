// SPDX-License-Identifier: Apache-2.0

/// The inner loops: decoding, encoding, sums and counts over blocks of elements.
///
/// Others see [io.merge4j.kernel.Kernels], [io.merge4j.kernel.Election] and
/// [io.merge4j.kernel.Gram]. Merge methods are not here: their loops are plain Java that the JVM's
/// compiler vectorises by itself. A kernel belongs here if it is the bottleneck of merges and gains
/// from the Vector API, or is shared by the ones that do.
package io.merge4j.kernel;
