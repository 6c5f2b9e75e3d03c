// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.util.Optional;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/// What one run of a benchmark gave.
///
/// @param name class and method, and all parameters but the kernels
/// @param kernels scalar or vector; scalar of loops that there are once
/// @param value of the unit per second
/// @param unit what is counted
/// @param gigabytes read and written per second; NaN if they were not counted
record Measured(String name, String kernels, double value, String unit, double gigabytes) {

  private static final String KERNELS = "kernels";

  static Measured of(RunResult result) {
    BenchmarkParams benchmark = result.getParams();
    String parameters =
        benchmark.getParamsKeys().stream()
            .filter(key -> !key.equals(KERNELS))
            .map(key -> key + " " + benchmark.getParam(key))
            .collect(Collectors.joining(", "));
    Optional<Double> elements = counter(result, "gigaelements");
    return new Measured(
        name(benchmark.getBenchmark()) + (parameters.isEmpty() ? "" : ", " + parameters),
        benchmark.getParamsKeys().contains(KERNELS) ? benchmark.getParam(KERNELS) : "scalar",
        elements.orElseGet(() -> result.getPrimaryResult().getScore()),
        elements.isPresent() ? "10^9 elements/s" : "calls/s",
        counter(result, "gigabytes").orElse(Double.NaN));
  }

  /// Class and method, without package and suffix.
  static String name(String benchmark) {
    int method = benchmark.lastIndexOf('.');
    int type = benchmark.lastIndexOf('.', method - 1);
    return benchmark.substring(type + 1).replace("Benchmark.", ": ");
  }

  private static Optional<Double> counter(RunResult result, String name) {
    return Optional.ofNullable(result.getSecondaryResults().get(name))
        .map(counted -> counted.getScore());
  }
}
