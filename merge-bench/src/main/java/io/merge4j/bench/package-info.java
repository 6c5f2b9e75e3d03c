// SPDX-License-Identifier: Apache-2.0
/// Benchmarks. Each class says what it measures and the command that runs it.
///
/// This module has no `module-info`: benchmarks run on the class path, where they reach every
/// package.
@NullMarked
package io.merge4j.bench;

import org.jspecify.annotations.NullMarked;
