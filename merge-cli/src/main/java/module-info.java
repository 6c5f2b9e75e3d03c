// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// The command line over the library; nothing here that the library can't do.
@NullMarked
module io.merge4j.cli {
  requires info.picocli;
  requires io.merge4j.hub;
  requires jdk.jshell;
  requires me.tongfei.progressbar;
  requires static org.jspecify;

  // picocli reads its annotations by reflection
  opens io.merge4j.cli to
      info.picocli;

  exports io.merge4j.cli;

  provides System.LoggerFinder with
      io.merge4j.cli.Notes;
}
