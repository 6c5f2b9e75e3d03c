// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import java.io.IOException;

/// A PyTorch file that is damaged, or asks for something that no tensor needs.
///
/// The message tells what is wrong and what to do, and ends in the file and, where there is one,
/// the offset at fault: in the file, or in its pickle.
public final class TorchException extends IOException {

  private static final long serialVersionUID = 1L;

  TorchException(String problem, String file) {
    super("%s (file %s)".formatted(problem, file));
  }

  TorchException(String problem, String file, long offset) {
    super("%s (file %s, offset %d)".formatted(problem, file, offset));
  }
}
