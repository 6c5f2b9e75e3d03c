// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;
import java.util.Arrays;

/// Averages models element by element, each by how much it depends on the element: the diagonal of its
/// Fisher information.
///
///     y = Σ w_i F_i x_i / Σ w_i F_i      F_i at least floor, divided by its norm if normalize
///
/// *Source:* Matena & Raffel 2022, Merging models with Fisher-weighted averaging, arXiv:2111.09832.
/// *Not in:* mergekit. *Differs from:* the paper's code, which normalises by the norm over the whole
/// model, here over each tensor, and may leave out the floor for all models but one.
///
/// *Parameters:* `fisher` per model: a checkpoint (directory, file, or repository) with a tensor of the
/// same name and shape for each of the model's, the mean squared gradients of its log-likelihood;
/// `weight` (1) per model, any number; `floor` (1e-6), at least 0; `normalize` (false), whether each F_i is
/// divided by its L2 norm over the tensor. All may vary with depth and name.
/// *Operands:* at least 1, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass over models and checkpoints, a second over both with `normalize`; no allocation per
/// element.
/// *Edge cases:* where `Σ w_i F_i` is 0 the weighted mean; a weight of 0 leaves a model out, NaNs included.
/// A NaN stays at its element unless it is in a checkpoint to normalise.
public record Fisher() implements MergeMethod {

  static final Parameter FISHER =
      Parameter.checkpoint("fisher").about("checkpoint of the model's Fisher information");

  static final Parameter WEIGHT =
      Parameter.number("weight").ofEachModel().orElse(1).about("share of the model");

  static final Parameter FLOOR =
      Parameter.number("floor")
          .orElse(1e-6)
          .between(0, Double.POSITIVE_INFINITY)
          .about("Fisher information below this counts as this");

  static final Parameter NORMALIZE =
      Parameter.flag("normalize", false)
          .about("divide each model's Fisher information by its L2 norm over the tensor");

  @Override
  public String name() {
    return "fisher";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).parameters(FISHER, WEIGHT, FLOOR, NORMALIZE);
  }

  @Override
  public About about() {
    return About.of("Averages models by how much each depends on an element; needs gradients")
        .formula("y = Σ w_i F_i x_i / Σ w_i F_i")
        .source("Matena & Raffel 2022, Fisher-weighted averaging, arXiv:2111.09832")
        .example(
            """
            models:
              - model: org/math
                parameters: {fisher: ./math-fisher.safetensors}
              - model: org/code
                parameters: {fisher: ./code-fisher.safetensors}
            merge_method: fisher
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    if (Weighted.cancel(values.numbers(WEIGHT))) {
      throw new IllegalArgumentException("the weights sum to 0, expected another sum");
    }
  }

  @Override
  public Blend prepare(Operands x) {
    double floor = x.number(FLOOR);
    double[] weights = x.numbers(WEIGHT);
    double[] factors = weights.clone();
    if (x.flag(NORMALIZE)) {
      double[] squares = x.reduce(new Squares(x.count(), floor));
      Arrays.setAll(factors, i -> squares[i] == 0 ? 0 : weights[i] / Math.sqrt(squares[i]));
    }
    return block -> FisherMean.apply(block, factors, weights, floor);
  }

  /// Sums the squares of what is read beside each model.
  private record Squares(int models, double floor) implements Sums {

    @Override
    public double[] start() {
      return new double[models];
    }

    @Override
    public void add(double[] sums, Block block) {
      for (int i = 0; i < models; i++) {
        float[] fisher = block.companion(i);
        double sum = 0;
        for (int j = 0; j < block.size(); j++) {
          double value = Math.max(fisher[j], floor);
          sum += value * value;
        }
        sums[i] += sum;
      }
    }
  }

  /// The Fisher information of the model named last is missing.
  public record NeedsFisher(Draft draft) {

    /// Names the checkpoint of the model's Fisher information, as models are named.
    public WithFisher fisher(String checkpoint) {
      return new WithFisher(draft.modelParameter(FISHER.name(), Gradient.of(checkpoint)));
    }

    /// Names the directory or file of the model's Fisher information.
    public WithFisher fisher(Path checkpoint) {
      return fisher(checkpoint.toString());
    }
  }

  /// Complete; parameters may be set, and more models may follow.
  public sealed interface Step extends Chain, AddsModel<NeedsFisher> {

    @Override
    default NeedsFisher model(ModelReference model) {
      return new NeedsFisher(draft().model(model));
    }

    /// Sets the weight of the model named last, 1 unless set: a number, or numbers from the first
    /// layer to the last.
    default Tuned weight(double... anchors) {
      return new Tuned(draft().modelParameter(WEIGHT.name(), Gradient.of(anchors)));
    }

    /// Sets what smaller Fisher information counts as, 1e-6 unless set: a number, or numbers from
    /// the first layer to the last.
    default Tuned floor(double... anchors) {
      return new Tuned(draft().parameter(FLOOR.name(), Gradient.of(anchors)));
    }

    /// Sets whether each model's Fisher information is divided by its L2 norm over the tensor.
    default WithFisher normalize(boolean normalize) {
      return new WithFisher(draft().parameter(NORMALIZE.name(), Gradient.of(normalize)));
    }
  }

  /// The step after one that set no number.
  public record WithFisher(Draft draft) implements Step {}

  /// The step after one that set a number, which may be refined.
  public record Tuned(Draft draft) implements Step, Refinable<Tuned> {

    @Override
    public Tuned filter(WeightFilter filter, Gradient value) {
      return new Tuned(draft.filter(filter, value));
    }
  }
}
