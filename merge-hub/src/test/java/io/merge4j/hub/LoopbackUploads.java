// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.hub.HttpPort.Seen;

/// The part of [LoopbackHub] that takes uploads.
final class LoopbackUploads {

  final LoopbackHub server;

  LoopbackUploads(LoopbackHub server) {
    this.server = server;
  }

  /// The answer to a call of the upload protocol, null if it is none.
  Answer answer(Seen request, boolean isKnown) {
    return null;
  }

  /// Takes content at a signed address.
  Answer put(Seen request) {
    return Answer.of(404, "");
  }
}
