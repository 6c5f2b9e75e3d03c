// SPDX-License-Identifier: Apache-2.0
/// The command line over the library; nothing here that the library can't do.
package io.merge4j.cli;
