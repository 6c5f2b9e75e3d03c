// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Input;
import io.merge4j.MergeMethod;
import io.merge4j.Output;
import io.merge4j.Parameter;
import io.merge4j.ParameterOrigin;
import io.merge4j.PlannedWeight;
import io.merge4j.Recipe;
import io.merge4j.Signature;
import io.merge4j.Weight;
import io.merge4j.model.Model;
import io.merge4j.plan.OutputTensor.Candidate;
import io.merge4j.plan.ParameterLookup.Level;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Decides for each tensor of the output what is read, which type and shape it gets, and with which
/// parameters it is made.
final class WeightPlanner {

  private final Recipe recipe;
  private final MergeMethod method;
  private final Signature signature;
  private final Output output;
  private final Companions companions;
  private final OutputShapes shapes;
  private final Problems problems;
  private final List<String> remarks;
  private final ParameterLookup lookup;

  WeightPlanner(
      Recipe recipe,
      MergeMethod method,
      Output output,
      Optional<PlannedVocabulary> vocabulary,
      Companions companions,
      Problems problems,
      List<String> remarks) {
    this.recipe = recipe;
    this.method = method;
    this.signature = method.signature();
    this.output = output;
    this.companions = companions;
    this.shapes = new OutputShapes(vocabulary, problems, remarks);
    this.problems = problems;
    this.remarks = remarks;
    this.lookup = new ParameterLookup(recipe, signature);
  }

  ImmutableList<PlannedWeight> plan(ImmutableList<OutputTensor> tensors) {
    ImmutableList<PlannedWeight> weights =
        tensors.stream()
            .map(this::plan)
            .flatMap(Optional::stream)
            .collect(ImmutableList.toImmutableList());
    lookup.remark(remarks);
    return weights;
  }

  private Optional<PlannedWeight> plan(OutputTensor tensor) {
    Candidate reference = tensor.reference();
    TensorSpec like = reference.spec().orElseThrow().named(tensor.weight().name());
    List<Candidate> present = present(tensor);
    boolean mapped = shapes.isMapped(reference);
    if (like.dtype().isDiscrete() && !mapped) {
      PlannedValues none =
          new PlannedValues(tensor.weight(), ImmutableList.of(), false, ImmutableList.of());
      return Optional.of(alone(tensor, like, reference, none));
    }
    Optional<Shape> shape =
        mapped
            ? shapes.mapped(tensor.weight().name(), reference, present, dtype(like))
            : shapes.common(tensor.weight().name(), reference, present);
    if (shape.isEmpty()) {
      return Optional.empty();
    }
    TensorSpec spec = new TensorSpec(like.name(), dtype(like), shape.get());
    List<Candidate> models = present.stream().filter(c -> !c.participant().base()).toList();
    Optional<Candidate> base = present.stream().filter(c -> c.participant().base()).findFirst();
    if (models.size() >= signature.minModels()
        && (base.isPresent() || signature.base() != Signature.Base.REQUIRED)) {
      return merged(tensor, spec, models, base, mapped);
    }
    if (present.size() == 1) {
      return Optional.of(alone(tensor, spec, present.getFirst(), values(tensor, List.of(), false)));
    }
    problems.add(
        "Method %s takes %s%s with a tensor, found %s; leave other models out, or use another method"
            .formatted(
                method.name(),
                signature.models(),
                signature.base().isApart() ? " and the base" : "",
                present.stream().map(c -> c.participant().model().name()).toList()),
        tensor.weight().name());
    return Optional.empty();
  }

  /// What the method makes of the tensors of enough models.
  private Optional<PlannedWeight> merged(
      OutputTensor tensor,
      TensorSpec spec,
      List<Candidate> models,
      Optional<Candidate> base,
      boolean mapped) {
    PlannedValues values = values(tensor, models, base.isPresent());
    ImmutableList<Input> beside = companions.find(models, values);
    if (mapped && !beside.isEmpty()) {
      shapes.checkCompanions(spec.name());
    }
    if (!problems.isEmpty()) {
      return Optional.empty();
    }
    if (models.isEmpty() || method.isCopy(values)) {
      checkCopy(tensor, spec);
      List<Candidate> copied = models.isEmpty() ? base.stream().toList() : models;
      return Optional.of(
          planned(tensor.weight(), spec, copied, base, ImmutableList.of(), values, true));
    }
    checkMerge(values, spec, Stream.concat(models.stream(), base.stream()));
    return Optional.of(planned(tensor.weight(), spec, models, base, beside, values, false));
  }

  /// A tensor that no other model has to be merged with.
  private static PlannedWeight alone(
      OutputTensor tensor, TensorSpec spec, Candidate only, PlannedValues values) {
    return planned(
        tensor.weight(), spec, List.of(only), Optional.empty(), ImmutableList.of(), values, true);
  }

  private static PlannedWeight planned(
      Weight weight,
      TensorSpec output,
      List<Candidate> models,
      Optional<Candidate> base,
      ImmutableList<Input> companions,
      PlannedValues values,
      boolean copied) {
    return new PlannedWeight(
        weight,
        output,
        models.stream().map(WeightPlanner::input).collect(ImmutableList.toImmutableList()),
        base.map(WeightPlanner::input),
        companions,
        values,
        values.origins(),
        copied);
  }

  private static Input input(Candidate candidate) {
    return new Input(candidate.participant().model().name(), candidate.spec().orElseThrow());
  }

  /// The candidates that are there, a tied embedding standing in for a missing head. A model that
  /// lacks a tensor others have is a problem unless the tensor is a buffer or the user allows it.
  private List<Candidate> present(OutputTensor tensor) {
    List<Candidate> present = new ArrayList<>();
    for (Candidate candidate : tensor.candidates()) {
      Model model = candidate.participant().model();
      Optional<TensorSpec> spec =
          candidate.spec().or(() -> model.tied(candidate.name()).map(Tensor::spec));
      if (spec.isPresent()) {
        present.add(new Candidate(candidate.participant(), candidate.name(), spec));
      } else if (!output.allowMissing() && !Model.isBuffer(candidate.name())) {
        problems.add(
            "Model %s lacks a tensor that others have; give models of one architecture, or allow missing tensors"
                .formatted(model),
            candidate.name());
      }
    }
    return present;
  }

  private DType dtype(TensorSpec like) {
    return output.dtype().or(recipe::outDtype).or(recipe::dtype).orElse(like.dtype());
  }

  private PlannedValues values(OutputTensor tensor, List<Candidate> models, boolean base) {
    ImmutableList.Builder<ImmutableList<ParameterOrigin>> ofModels = ImmutableList.builder();
    for (Candidate model : models) {
      Participant participant = model.participant();
      Weight weight = tensor.weight().named(model.name());
      ofModels.add(origins(weight, participant.levels(), Optional.of(participant)));
    }
    return new PlannedValues(
        tensor.weight(),
        ofModels.build(),
        base,
        origins(tensor.weight(), tensor.levels(), Optional.empty()));
  }

  /// The values of a model's own parameters, or those of the whole merge.
  private ImmutableList<ParameterOrigin> origins(
      Weight weight, ImmutableList<Level> levels, Optional<Participant> model) {
    ImmutableList.Builder<ParameterOrigin> origins = ImmutableList.builder();
    for (Parameter parameter : signature.parameters()) {
      if (parameter.perModel() == model.isPresent()) {
        origin(parameter, weight, levels, model).ifPresent(origins::add);
      }
    }
    return origins.build();
  }

  private Optional<ParameterOrigin> origin(
      Parameter parameter,
      Weight weight,
      ImmutableList<Level> levels,
      Optional<Participant> model) {
    Optional<ParameterOrigin> found = lookup.find(parameter, weight, levels, model);
    if (found.isEmpty() && parameter.isRequired()) {
      problems.add(
          "Missing required parameter %s%s".formatted(parameter.name(), of(model)), weight.name());
    }
    return found;
  }

  private static String of(Optional<Participant> model) {
    return model.map(participant -> " of model " + participant.model()).orElse("");
  }

  private void checkCopy(OutputTensor tensor, TensorSpec spec) {
    DType dtype = tensor.reference().spec().orElseThrow().dtype();
    if (!spec.dtype().equals(dtype) && !dtype.isFloat()) {
      problems.add(
          "Tensors of type %s cannot be converted to %s; leave dtype out"
              .formatted(dtype, spec.dtype()),
          tensor.weight().name());
    }
  }

  private void checkMerge(PlannedValues values, TensorSpec spec, Stream<Candidate> operands) {
    String name = values.weight().name();
    try {
      method.check(values);
    } catch (IllegalArgumentException e) {
      problems.add("Method %s: %s".formatted(method.name(), e.getMessage()), name);
    }
    operands.forEach(this::checkFloat);
    if (!spec.dtype().isWritable()) {
      problems.add(
          "Results are not written as %s; set dtype to one of %s"
              .formatted(spec.dtype(), DType.writableNames()),
          name);
    }
  }

  private void checkFloat(Candidate operand) {
    DType dtype = operand.spec().orElseThrow().dtype();
    if (!dtype.isFloat()) {
      problems.add(
          "Model %s has tensors of type %s, expected a floating type; only passthrough copies them"
              .formatted(operand.participant().model(), dtype),
          operand.name());
    }
  }
}
