// SPDX-License-Identifier: Apache-2.0

/// From a recipe and its models to a checked plan, reading configurations and tensor headers only.
///
/// [io.merge4j.plan.Planner] drives: [io.merge4j.plan.OpenModels] opens what the recipe names,
/// [io.merge4j.plan.Assembly] pairs the tensors of the models and names those of the output,
/// [io.merge4j.plan.ParameterLookup] finds the method's parameters for each of them, and
/// [io.merge4j.plan.Problems] gathers all that does not fit.
package io.merge4j.plan;
