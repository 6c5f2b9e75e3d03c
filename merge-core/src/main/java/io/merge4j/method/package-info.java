// SPDX-License-Identifier: Apache-2.0

/// The merge methods, one file each: formula, paper, parameters, and the fluent steps that set
/// them.
///
/// To add one, write a record that implements [io.merge4j.MergeMethod]; name it in
/// `module-info.java` and in `META-INF/services` if recipes shall know it. Start with
/// [io.merge4j.method.Slerp].
package io.merge4j.method;
