// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import io.merge4j.method.ArceeFusion;
import io.merge4j.method.Breadcrumbs;
import io.merge4j.method.BreadcrumbsTies;
import io.merge4j.method.ConsensusTa;
import io.merge4j.method.ConsensusTies;
import io.merge4j.method.DareLinear;
import io.merge4j.method.DareTies;
import io.merge4j.method.Della;
import io.merge4j.method.DellaLinear;
import io.merge4j.method.Emr;
import io.merge4j.method.Expo;
import io.merge4j.method.Fisher;
import io.merge4j.method.GeometricMedian;
import io.merge4j.method.Karcher;
import io.merge4j.method.Linear;
import io.merge4j.method.Lines;
import io.merge4j.method.MagMax;
import io.merge4j.method.ModelStock;
import io.merge4j.method.MultiSlerp;
import io.merge4j.method.NearSwap;
import io.merge4j.method.NuSlerp;
import io.merge4j.method.Outliers;
import io.merge4j.method.Passthrough;
import io.merge4j.method.Pcb;
import io.merge4j.method.Ram;
import io.merge4j.method.RamPlus;
import io.merge4j.method.RankedRandom;
import io.merge4j.method.Sce;
import io.merge4j.method.Slerp;
import io.merge4j.method.SparseStep;
import io.merge4j.method.TaskArithmetic;
import io.merge4j.method.Ties;
import io.merge4j.method.Unweighted;
import io.merge4j.method.Weighted;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// The entry to fluent merges, a line per method.
///
/// Models are given open, as a path, or by name as in recipes (`org/name`, `org/name@revision`,
/// `./dir`, `base+adapter`). Every step is immutable, and a chain that lacks something does not
/// compile.
///
/// {@snippet lang=java :
/// Merger.slerp(a, b).t(0.5).filter("self_attn", 0, 0.5, 0.3, 0.7, 1).writeTo(path);
/// Merger.linear().model(a).weight(0.7).model(b).weight(0.3).writeTo(path);
/// Merger.taskArithmetic().base(b).model(a).weight(0.5).model(c).weight(0.5).lambda(0.8).writeTo(path);
/// Merger.ties().base(b).model(a).weight(0.5).density(0.3).model(c).weight(0.5).writeTo(path);
/// Merger.stack().layers(a, 0, 24).layers(b, 16, 32).writeTo(path);
/// Merger.using(new MyMethod(), a, b).writeTo(path);
/// }
public final class Merger {

  private Merger() {}

  /// Interpolates between two models along the sphere; `a` is the end at t = 0. See [Slerp].
  public static Slerp.NeedsT slerp(Model a, Model b) {
    return slerp(ModelReference.to(a), ModelReference.to(b));
  }

  /// Interpolates between two models along the sphere; `a` is the end at t = 0. See [Slerp].
  public static Slerp.NeedsT slerp(Path a, Path b) {
    return slerp(ModelReference.to(a), ModelReference.to(b));
  }

  /// Interpolates between two models along the sphere; `a` is the end at t = 0. See [Slerp].
  public static Slerp.NeedsT slerp(String a, String b) {
    return slerp(ModelReference.to(a), ModelReference.to(b));
  }

  /// Interpolates between two models along the sphere; `a` is the end at t = 0. See [Slerp].
  public static Slerp.NeedsT slerp(ModelReference a, ModelReference b) {
    return new Slerp.NeedsT(Draft.of(new Slerp(), ImmutableList.of(a, b)).base(a));
  }

  /// Averages models by weight. See [Linear].
  public static Weighted.NeedsModel<Linear.WithWeight> linear() {
    return new Weighted.NeedsModel<>(start(new Linear()), Linear.WithWeight::new);
  }

  /// Interpolates between two models along the sphere, by weight. See [NuSlerp].
  public static Weighted.NeedsModel<Weighted.One<NuSlerp.WithWeights>> nuslerp() {
    return new Weighted.NeedsModel<>(
        start(new NuSlerp()), one -> new Weighted.One<>(one, NuSlerp.WithWeights::new));
  }

  /// Averages models on the sphere, by weight. See [MultiSlerp].
  public static Weighted.NeedsModel<Weighted.One<MultiSlerp.WithWeight>> multislerp() {
    return new Weighted.NeedsModel<>(
        start(new MultiSlerp()), one -> new Weighted.One<>(one, MultiSlerp.WithWeight::new));
  }

  /// Averages models on the sphere exactly. See [Karcher].
  public static Unweighted.NeedsTwo<Karcher.Models> karcher() {
    return new Unweighted.NeedsTwo<>(start(new Karcher()), Karcher.Models::new);
  }

  /// Takes the point of least summed distance to the models. See [GeometricMedian].
  public static Unweighted.NeedsTwo<GeometricMedian.Models> geometricMedian() {
    return new Unweighted.NeedsTwo<>(start(new GeometricMedian()), GeometricMedian.Models::new);
  }

  /// Averages fine-tunes, drawn towards their base. See [ModelStock].
  public static Unweighted.NeedsBase<Unweighted.NeedsTwo<ModelStock.Models>> modelStock() {
    return new Unweighted.NeedsBase<>(
        start(new ModelStock()), base -> new Unweighted.NeedsTwo<>(base, ModelStock.Models::new));
  }

  /// Extrapolates a model beyond its base. See [Expo].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Expo.NeedsAlpha>> expo() {
    return new Unweighted.NeedsBase<>(
        start(new Expo()), base -> new Unweighted.NeedsModel<>(base, Expo.NeedsAlpha::new));
  }

  /// Adds task vectors to a base, early layers less than late ones. See [Lines].
  public static Weighted.NeedsBase<Lines.WithWeight> lines() {
    return new Weighted.NeedsBase<>(start(new Lines()), Lines.WithWeight::new);
  }

  /// Adds task vectors to a base. See [TaskArithmetic].
  public static Weighted.NeedsBase<TaskArithmetic.WithWeight> taskArithmetic() {
    return new Weighted.NeedsBase<>(start(new TaskArithmetic()), TaskArithmetic.WithWeight::new);
  }

  /// Adds the largest changes of each model where their signs agree. See [Ties].
  public static Weighted.NeedsBase<Ties.WithWeight> ties() {
    return new Weighted.NeedsBase<>(start(new Ties()), Ties.WithWeight::new);
  }

  /// Adds random changes of each model, rescaled, where their signs agree. See [DareTies].
  public static Weighted.NeedsBase<SparseStep.Plain> dareTies() {
    return new Weighted.NeedsBase<>(start(new DareTies()), SparseStep.Plain::new);
  }

  /// Adds random changes of each model, rescaled. See [DareLinear].
  public static Weighted.NeedsBase<SparseStep.Plain> dareLinear() {
    return new Weighted.NeedsBase<>(start(new DareLinear()), SparseStep.Plain::new);
  }

  /// Adds the changes of each model but the largest and smallest. See [Breadcrumbs].
  public static Weighted.NeedsBase<Outliers.WithWeight> breadcrumbs() {
    return new Weighted.NeedsBase<>(start(new Breadcrumbs()), Outliers.WithWeight::new);
  }

  /// Adds the changes of each model but the largest and smallest, where signs agree. See
  /// [BreadcrumbsTies].
  public static Weighted.NeedsBase<Outliers.WithWeight> breadcrumbsTies() {
    return new Weighted.NeedsBase<>(start(new BreadcrumbsTies()), Outliers.WithWeight::new);
  }

  /// Adds random changes of each model, small ones less often, where signs agree. See [Della].
  public static Weighted.NeedsBase<RankedRandom.WithWeight> della() {
    return new Weighted.NeedsBase<>(start(new Della()), RankedRandom.WithWeight::new);
  }

  /// Adds random changes of each model, small ones less often. See [DellaLinear].
  public static Weighted.NeedsBase<RankedRandom.WithWeight> dellaLinear() {
    return new Weighted.NeedsBase<>(start(new DellaLinear()), RankedRandom.WithWeight::new);
  }

  /// Adds the changes on which models differ most. See [Sce].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Sce.Models>> sce() {
    return new Unweighted.NeedsBase<>(
        start(new Sce()), base -> new Unweighted.NeedsModel<>(base, Sce.Models::new));
  }

  /// Moves every element of a base by a bounded distance towards a model. See [NearSwap].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<NearSwap.NeedsT>> nearswap() {
    return new Unweighted.NeedsBase<>(
        start(new NearSwap()), base -> new Unweighted.NeedsModel<>(base, NearSwap.NeedsT::new));
  }

  /// Takes the changes of a model that matter most. See [ArceeFusion].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<ArceeFusion.Model>> arceeFusion() {
    return new Unweighted.NeedsBase<>(
        start(new ArceeFusion()),
        base -> new Unweighted.NeedsModel<>(base, ArceeFusion.Model::new));
  }

  /// Adds changes of one model alone whole, and means of shared ones. See [Ram].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Ram.Models>> ram() {
    return new Unweighted.NeedsBase<>(
        start(new Ram()), base -> new Unweighted.NeedsModel<>(base, Ram.Models::new));
  }

  /// Adds changes of one model alone amplified, and means of shared ones. See [RamPlus].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<RamPlus.Models>> ramplus() {
    return new Unweighted.NeedsBase<>(
        start(new RamPlus()), base -> new Unweighted.NeedsModel<>(base, RamPlus.Models::new));
  }

  /// Adds the largest change of each element. See [MagMax].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Unweighted.TaskModels>> magmax() {
    return taskModels(new MagMax());
  }

  /// Adds the largest change of the elected sign of each element. See [Emr].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Unweighted.TaskModels>> emr() {
    return taskModels(new Emr());
  }

  /// Adds task vectors but for the elements that matter to few models. See [ConsensusTa].
  public static Weighted.NeedsBase<ConsensusTa.WithWeight> consensusTa() {
    return new Weighted.NeedsBase<>(start(new ConsensusTa()), ConsensusTa.WithWeight::new);
  }

  /// TIES but for the elements that matter to few models. See [ConsensusTies].
  public static Weighted.NeedsBase<ConsensusTies.WithWeight> consensusTies() {
    return new Weighted.NeedsBase<>(start(new ConsensusTies()), ConsensusTies.WithWeight::new);
  }

  /// Averages changes by their size and by how far models agree on them. See [Pcb].
  public static Unweighted.NeedsBase<Unweighted.NeedsModel<Pcb.Models>> pcb() {
    return new Unweighted.NeedsBase<>(
        start(new Pcb()), base -> new Unweighted.NeedsModel<>(base, Pcb.Models::new));
  }

  /// Averages models by how much each depends on an element. See [Fisher].
  public static Unweighted.NeedsModel<Fisher.NeedsFisher> fisher() {
    return new Unweighted.NeedsModel<>(start(new Fisher()), Fisher.NeedsFisher::new);
  }

  /// Stacks layers of several models on each other. See [Passthrough].
  public static Passthrough.NeedsLayers stack() {
    return new Passthrough.NeedsLayers(start(new Passthrough()));
  }

  /// Merges with a method of your own.
  public static Using using(MergeMethod method, Model... models) {
    return new Using(Draft.of(method, Arrays.stream(models).map(ModelReference::to).toList()));
  }

  /// Merges with a method of your own.
  public static Using using(MergeMethod method, Path... models) {
    return new Using(Draft.of(method, Arrays.stream(models).map(ModelReference::to).toList()));
  }

  /// Merges with a method of your own.
  public static Using using(MergeMethod method, String... models) {
    return new Using(Draft.of(method, Arrays.stream(models).map(ModelReference::to).toList()));
  }

  /// Merges with a method of your own.
  public static Using using(MergeMethod method, List<ModelReference> models) {
    return new Using(Draft.of(method, models));
  }

  private static Unweighted.NeedsBase<Unweighted.NeedsModel<Unweighted.TaskModels>> taskModels(
      MergeMethod method) {
    return new Unweighted.NeedsBase<>(
        start(method), base -> new Unweighted.NeedsModel<>(base, Unweighted.TaskModels::new));
  }

  private static Draft start(MergeMethod method) {
    return Draft.of(method, ImmutableList.of());
  }
}
