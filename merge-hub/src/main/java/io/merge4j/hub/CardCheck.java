// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.http.HttpResponse;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Has the Hub check a model card before anything is sent: it would refuse the commit for it.
final class CardCheck {

  private static final System.Logger LOG = System.getLogger(CardCheck.class.getName());
  private static final String CARD = "README.md";

  private final Destination destination;

  CardCheck(Destination destination) {
    this.destination = destination;
  }

  void run(List<UploadFile> files) throws IOException {
    for (UploadFile file : files) {
      if (file.path().equals(CARD)) {
        check(text(file));
      }
    }
  }

  private String text(UploadFile card) throws IOException {
    try {
      return Files.readString(card.file());
    } catch (CharacterCodingException e) {
      throw new HubException(
          Reason.LOCAL_FILE,
          "Cannot upload to %s: %s is not text in UTF-8; convert it"
              .formatted(destination.repo(), card.file()),
          e);
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
    warnings(response.body());
  }

  /// What the Hub would like better, if its answer can be read at all: the commit does not depend
  /// on it.
  private static void warnings(byte[] answer) {
    try {
      for (JsonNode warning : JsonMapper.shared().readTree(answer).path("warnings").values()) {
        String text = ForeignText.visible(warning.path("message").asString(""));
        LOG.log(Level.WARNING, "{0}: {1}", CARD, text);
      }
    } catch (JacksonException e) {
      LOG.log(Level.DEBUG, "No report on {0}: {1}", CARD, e.getMessage());
    }
  }
}
