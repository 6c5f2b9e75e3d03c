// SPDX-License-Identifier: Apache-2.0

import org.jspecify.annotations.NullMarked;

/// The language of model merging and the engine behind it; no file format, no network.
@NullMarked
module io.merge4j {
  requires transitive com.google.common;
  requires commons.math3;
  requires static jdk.incubator.vector;
  requires re2j;
  requires org.snakeyaml.engine;
  requires static transitive org.jspecify;
  requires transitive tools.jackson.databind;

  exports io.merge4j;
  exports io.merge4j.lora;
  exports io.merge4j.method;
  exports io.merge4j.model;
  exports io.merge4j.tensor;
  exports io.merge4j.vocabulary;
  exports io.merge4j.kernel to
      io.merge4j.safetensors,
      io.merge4j.cli,
      io.merge4j.bench;

  uses io.merge4j.MergeMethod;
  uses io.merge4j.model.ModelSource;
  uses io.merge4j.tensor.CheckpointFormat;

  provides io.merge4j.MergeMethod with
      io.merge4j.method.ArceeFusion,
      io.merge4j.method.Breadcrumbs,
      io.merge4j.method.BreadcrumbsTies,
      io.merge4j.method.ConsensusTa,
      io.merge4j.method.ConsensusTies,
      io.merge4j.method.DareLinear,
      io.merge4j.method.DareTies,
      io.merge4j.method.Della,
      io.merge4j.method.DellaLinear,
      io.merge4j.method.Emr,
      io.merge4j.method.Expo,
      io.merge4j.method.Fisher,
      io.merge4j.method.GeometricMedian,
      io.merge4j.method.Karcher,
      io.merge4j.method.Linear,
      io.merge4j.method.Lines,
      io.merge4j.method.MagMax,
      io.merge4j.method.ModelStock,
      io.merge4j.method.MultiSlerp,
      io.merge4j.method.NearSwap,
      io.merge4j.method.NuSlerp,
      io.merge4j.method.Passthrough,
      io.merge4j.method.Pcb,
      io.merge4j.method.Ram,
      io.merge4j.method.RamPlus,
      io.merge4j.method.Sce,
      io.merge4j.method.Slerp,
      io.merge4j.method.TaskArithmetic,
      io.merge4j.method.Ties;
}
