// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;

/// Has the Hub check a model card before anything is sent: it would refuse the commit for it.
final class CardCheck {

  private static final String CARD = "README.md";

  private final Destination destination;

  CardCheck(Destination destination) {
    this.destination = destination;
  }

  void run(List<UploadFile> files) throws IOException {
    for (UploadFile file : files) {
      if (file.path().equals(CARD)) {
        check(Files.readString(file.file()));
      }
    }
  }

  private void check(String card) {
    Request request =
        Destination.post(
            destination.ofHub("/api/validate-yaml"),
            Destination.json().put("content", card).put("repoType", "model"));
    HttpResponse<byte[]> response =
        destination.call(request, destination.hub().transport().retry());
    if (response.statusCode() == 400) {
      HubException refusal = destination.hub().errors().of(response, destination.subject());
      throw new HubException(
          Reason.REFUSED,
          "Cannot upload to %s: README.md is not valid; %s"
              .formatted(destination.repo(), refusal.getMessage()),
          refusal);
    }
  }
}
