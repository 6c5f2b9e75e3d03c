// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The environment variables that huggingface_hub knows, read the same way.
///
/// Not honoured: `HF_OIDC_RESOURCE`, which takes a service of the CI system (a warning says so).
/// The variables of Xet have nothing to say here: `HF_HUB_DISABLE_XET` is always on, since content
/// comes by plain HTTP; so nothing is written to `HF_XET_CACHE` or to shared blobs, which are read.
///
/// *Source:* huggingface_hub 1.33.0 `constants.py`.
final class Environment {

  private static final System.Logger LOG = System.getLogger(Environment.class.getName());

  static final URI PUBLIC_HUB = URI.create("https://huggingface.co");

  private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{(\\w+)})");

  private static final Pattern SECONDS = Pattern.compile("0*[1-9]\\d{0,8}");

  private final ImmutableMap<String, String> variables;
  private final Path userHome;

  Environment(Map<String, String> variables, Path userHome) {
    this.variables = ImmutableMap.copyOf(variables);
    this.userHome = userHome;
  }

  /// The environment of this process.
  static Environment ofProcess() {
    return new Environment(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /// Where requests go; `HF_ENDPOINT` or the public Hub.
  URI endpoint() {
    return text("HF_ENDPOINT").map(Environment::endpoint).orElse(PUBLIC_HUB);
  }

  static URI endpoint(String text) {
    try {
      URI uri = new URI(text.replaceAll("/+$", ""));
      String scheme = String.valueOf(uri.getScheme());
      if (uri.getHost() != null && (scheme.equals("https") || scheme.equals("http"))) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "Invalid endpoint \"" + text + "\": expected https://host or http://host; set HF_ENDPOINT");
  }

  /// Directory of the cache; `HF_HUB_CACHE`, else `hub` in [#home()].
  Path cache() {
    return text("HF_HUB_CACHE")
        .or(() -> text("HUGGINGFACE_HUB_CACHE"))
        .map(this::expand)
        .orElseGet(() -> home().resolve("hub"));
  }

  /// `HF_HOME`, else `huggingface` in the user's cache directory.
  Path home() {
    return text("HF_HOME")
        .or(() -> text("XDG_CACHE_HOME").map(cache -> cache + "/huggingface"))
        .map(this::expand)
        .orElseGet(() -> userHome.resolve(".cache").resolve("huggingface"));
  }

  /// The token to send, from `HF_TOKEN` or the token file, unless implicit tokens are switched off.
  Optional<String> token() {
    if (isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return Optional.empty();
    }
    if (text("HF_OIDC_RESOURCE").isPresent()) {
      LOG.log(
          Level.WARNING,
          "HF_OIDC_RESOURCE is set, but identities of CI jobs are not exchanged for tokens here;"
              + " let `hf auth token` do it and set HF_TOKEN");
    }
    return tokenIn("HF_TOKEN").or(() -> tokenIn("HUGGING_FACE_HUB_TOKEN")).or(this::tokenFromFile);
  }

  private Optional<String> tokenIn(String variable) {
    return text(variable).flatMap(value -> cleanToken(value, variable));
  }

  private Optional<String> tokenFromFile() {
    Path file = text("HF_TOKEN_PATH").map(this::expand).orElseGet(() -> home().resolve("token"));
    try {
      return Files.isRegularFile(file)
          ? cleanToken(Files.readString(file), "the file " + file)
          : Optional.empty();
    } catch (IOException e) {
      throw new HubException(
          HubException.Reason.LOCAL_FILE,
          "Cannot read the token file " + file + ": " + e.getMessage() + "; set HF_TOKEN instead",
          e);
    }
  }

  /// The token without line breaks and surrounding blanks; nothing if nothing is left.
  ///
  /// @param source where it is from, for messages
  /// @throws HubException if a header can't hold it; the message does not show it
  static Optional<String> cleanToken(String token, String source) {
    String clean = token.replace("\r", "").replace("\n", "").strip();
    if (!clean.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new HubException(
          HubException.Reason.BAD_TOKEN,
          "Cannot use the token of %s: it holds others than visible ASCII characters; copy it again"
              .formatted(source));
    }
    return clean.isEmpty() ? Optional.empty() : Optional.of(clean);
  }

  /// Whether no request may be made.
  boolean isOffline() {
    return isTrue(text("HF_HUB_OFFLINE").isPresent() ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE");
  }

  /// Whether the cache is to hold plain files instead of links.
  boolean isWithoutLinks() {
    return isTrue("HF_HUB_DISABLE_SYMLINKS");
  }

  /// Time to wait for metadata; `HF_HUB_ETAG_TIMEOUT`, 10 s.
  Duration metadataTimeout() {
    return seconds("HF_HUB_ETAG_TIMEOUT");
  }

  /// Time without a byte after which a transfer counts as broken; `HF_HUB_DOWNLOAD_TIMEOUT`, 10 s.
  Duration stallTimeout() {
    return seconds("HF_HUB_DOWNLOAD_TIMEOUT");
  }

  /// What `HF_HUB_USER_AGENT_ORIGIN` asks to add to the user agent, if anything.
  ///
  /// @throws IllegalArgumentException if a header can't hold it
  Optional<String> origin() {
    Optional<String> origin = text("HF_HUB_USER_AGENT_ORIGIN");
    if (!origin.orElse("").chars().allMatch(c -> c >= ' ' && c < 127)) {
      throw new IllegalArgumentException(
          "Invalid HF_HUB_USER_AGENT_ORIGIN \"%s\": expected visible ASCII characters and blanks"
              .formatted(ForeignText.visible(origin.orElse(""))));
    }
    return origin;
  }

  /// Whether requests tell as little as possible of this machine; `HF_HUB_DISABLE_TELEMETRY`,
  /// `DISABLE_TELEMETRY`, `DO_NOT_TRACK`.
  boolean isReticent() {
    return isTrue("HF_HUB_DISABLE_TELEMETRY")
        || isTrue("DISABLE_TELEMETRY")
        || isTrue("DO_NOT_TRACK");
  }

  /// Certificates to trust instead of the JDK's; `SSL_CERT_FILE`.
  Optional<Path> certificates() {
    return text("SSL_CERT_FILE").map(this::expand);
  }

  /// A proxy variable such as `https_proxy`; the lower-case spelling wins.
  Optional<String> proxy(String lowerCaseName) {
    return text(lowerCaseName).or(() -> text(lowerCaseName.toUpperCase(Locale.ROOT)));
  }

  private Duration seconds(String name) {
    String text = text(name).map(String::strip).orElse("10");
    if (!SECONDS.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "Invalid " + name + "=" + variables.get(name) + ": expected whole seconds, 1 or more");
    }
    return Duration.ofSeconds(Long.parseLong(text));
  }

  private boolean isTrue(String name) {
    String value = variables.getOrDefault(name, "").toUpperCase(Locale.ROOT);
    return switch (value) {
      case "1", "ON", "YES", "TRUE" -> true;
      default -> false;
    };
  }

  private Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  /// Expands a leading `~` and `$NAME`, `${NAME}`; unknown variables stay as they are.
  private Path expand(String text) {
    String home = text.equals("~") || text.startsWith("~/") ? userHome + text.substring(1) : text;
    Matcher matcher = VARIABLE.matcher(home);
    String expanded =
        matcher.replaceAll(match -> {
          String name = match.group(1) == null ? match.group(2) : match.group(1);
          String value = variables.getOrDefault(name, match.group());
          return Matcher.quoteReplacement(value);
        });
    return Path.of(expanded).toAbsolutePath();
  }
}
