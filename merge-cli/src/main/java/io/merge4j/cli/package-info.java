// SPDX-License-Identifier: Apache-2.0

/// The command line over the library; nothing here that the library can't do.
///
/// [io.merge4j.cli.Main] finds the command and runs it; each command is a class of its own, loaded
/// when it is asked for. Results go to standard output; progress, notes and errors to standard
/// error. Exit status: 0 done, 2 the recipe or the command line is wrong and nothing was written, 1
/// it failed while running or while printing results, 141 their reader closed the pipe.
package io.merge4j.cli;
