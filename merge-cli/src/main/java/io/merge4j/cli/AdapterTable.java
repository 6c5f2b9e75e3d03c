// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.collect.ImmutableList;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import java.io.PrintWriter;
import java.util.Locale;

/// What became of each tensor in an adapter that was written: a row with its rank, the share of the
/// squared change that is kept, and what is left, relative to the change.
final class AdapterTable {

  private AdapterTable() {}

  static void print(ImmutableList<AdapterTensor> tensors, PrintWriter out) {
    int width = tensors.stream().mapToInt(t -> t.name().length()).max().orElse(10);
    String row = "%-" + width + "s  %-16s  %-9s  %5s  %7s  %8s%n";
    out.printf(row, "tensor", "shape", "stored", "rank", "energy", "residual");
    double left = 0;
    double total = 0;
    for (AdapterTensor tensor : tensors) {
      boolean changed = tensor.change() > 0;
      out.printf(
          Locale.ROOT,
          row,
          tensor.name(),
          tensor.shape(),
          tensor.how().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          tensor.how() == How.LOW_RANK ? tensor.rank() : "",
          changed ? String.format(Locale.ROOT, "%.2f %%", 100 * tensor.energy()) : "",
          changed ? String.format(Locale.ROOT, "%.2e", tensor.residual() / tensor.change()) : "");
      left += changed ? tensor.residual() * tensor.residual() : 0;
      total += changed ? tensor.change() * tensor.change() : 0;
    }
    out.printf(
        Locale.ROOT,
        "%d tensors; kept %.2f %% of the squared change, left %.2e of its length%n",
        tensors.size(),
        total == 0 ? 100.0 : 100 * (1 - left / total),
        total == 0 ? 0.0 : Math.sqrt(left / total));
  }
}
