// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// How one tensor of a plan comes about, as text.
final class Explanation {

  private final PlannedWeight planned;
  private final StringBuilder text = new StringBuilder();

  private Explanation(PlannedWeight planned) {
    this.planned = planned;
  }

  static String print(MergePlan plan, PlannedWeight planned) {
    Explanation explanation = new Explanation(planned);
    explanation.line("Tensor", tensor(planned.output()));
    explanation.line("Place", place(planned.weight()));
    MergeMethod method = plan.method();
    if (planned.copied()) {
      explanation.line("Method", "none: the tensor is copied as it is");
    } else {
      explanation.line("Method", method.name() + ": " + method.about().summary());
    }
    explanation.operands();
    if (!planned.copied()) {
      explanation.parameters();
    }
    return explanation.text.toString();
  }

  private void line(String title, String line) {
    text.append("%-11s %s".formatted(title, line).stripTrailing()).append('\n');
  }

  private static String tensor(TensorSpec spec) {
    return "%s  %s %s".formatted(spec.name(), spec.dtype(), spec.shape());
  }

  private static String place(Weight weight) {
    OptionalInt layer = weight.layer();
    return layer.isEmpty()
        ? "outside the layers, depth 0"
        : "layer %d of %d, depth %s"
            .formatted(layer.getAsInt(), weight.layers(), number(weight.depth()));
  }

  private void operands() {
    operands("Model", planned.models());
    planned.base().ifPresent(base -> operands("Base", List.of(base)));
    operands("Beside", planned.companions());
  }

  private void operands(String kind, List<Input> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      Input input = inputs.get(i);
      String title = kind.equals("Base") ? kind : kind + " " + (i + 1);
      line(title, input.model() + ": " + tensor(input.tensor()));
    }
  }

  private void parameters() {
    if (planned.origins().isEmpty()) {
      line("Parameters", "none");
      return;
    }
    line("Parameters", "");
    for (ParameterOrigin origin : planned.origins()) {
      text.append(
          "  %s = %s%s\n      from %s\n"
              .formatted(
                  origin.parameter().name(),
                  value(origin.value()),
                  origin.model().map(model -> "  of model " + model).orElse(""),
                  source(origin)));
    }
  }

  private String source(ParameterOrigin origin) {
    if (origin.setting().isEmpty()) {
      return origin.place();
    }
    Setting setting = origin.setting().get();
    Setting.Choice choice = origin.choice().orElseThrow();
    String entry = "";
    if (setting.choices().size() > 1 || !choice.isForAll()) {
      entry =
          ", entry %d of %d, %s"
              .formatted(
                  setting.choices().indexOf(choice) + 1,
                  setting.choices().size(),
                  choice.isForAll() ? "for all others" : "filter \"" + choice.weights() + "\"");
    }
    return origin.place() + entry + reading(origin, choice.value());
  }

  /// How the value was read from the anchors.
  private String reading(ParameterOrigin origin, Gradient gradient) {
    if (origin.position().isPresent()) {
      return ", value %d of %s %s"
          .formatted(
              origin.position().getAsInt() + 1, origin.parameter().plural(), values(gradient));
    }
    int anchors = gradient.anchors().size();
    if (anchors == 1) {
      return "";
    }
    double depth = planned.weight().depth();
    double scaled = gradient.position(depth);
    int below = (int) scaled;
    boolean between = gradient.anchors().get(below) instanceof Double && scaled > below;
    return ", gradient %s at depth %s: %s"
        .formatted(
            values(gradient),
            number(depth),
            between
                ? "%s of the way from anchor %d to %d"
                    .formatted(number(scaled - below), below + 1, below + 2)
                : "anchor " + (below + 1));
  }

  private static String values(Gradient gradient) {
    return gradient.anchors().stream().map(Explanation::value).toList().toString();
  }

  private static String value(Object value) {
    return value instanceof Double number ? number(number) : value.toString();
  }

  /// Up to six digits, none of them a superfluous zero.
  private static String number(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      return Long.toString((long) number);
    }
    String exact = Double.toString(number);
    String shorter = String.format(Locale.ROOT, "%.6g", number);
    return shorter.length() < exact.length() ? shorter : exact;
  }
}
