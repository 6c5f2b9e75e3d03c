// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The stack, the marks on it and the memo of a pickle being read.
final class PickleStack {

  private final PickleInput in;
  private final List<Pickled> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Pickled> memo = new HashMap<>();

  PickleStack(PickleInput in) {
    this.in = in;
  }

  void push(Pickled value) {
    values.add(value);
  }

  Pickled pop() throws TorchException {
    require(1);
    return values.removeLast();
  }

  Pickled top() throws TorchException {
    require(1);
    return values.getLast();
  }

  /// The topmost value, if it is of this kind.
  <T extends Pickled> T pop(Class<T> kind) throws TorchException {
    Pickled value = pop();
    if (!kind.isInstance(value)) {
      throw in.failed(
          "Damaged pickle: found a %s, expected a %s"
              .formatted(value.getClass().getSimpleName(), kind.getSimpleName()));
    }
    return kind.cast(value);
  }

  /// The topmost `count` values, in the order in which they were pushed.
  ImmutableList<Pickled> pop(int count) throws TorchException {
    require(count);
    return cut(values.size() - count);
  }

  void mark() {
    marks.add(values.size());
  }

  /// The values above the last mark, which goes too.
  ImmutableList<Pickled> popToMark() throws TorchException {
    if (marks.isEmpty() || marks.getLast() > values.size()) {
      throw in.failed("Damaged pickle: no mark where one is needed");
    }
    return cut(marks.removeLast());
  }

  void remember(long index) throws TorchException {
    memo.put(index, top());
  }

  void rememberNext() throws TorchException {
    remember(memo.size());
  }

  void recall(long index) throws TorchException {
    Pickled value = memo.get(index);
    if (value == null) {
      throw in.failed("Damaged pickle: it refers to value %d, which is not there".formatted(index));
    }
    push(value);
  }

  private ImmutableList<Pickled> cut(int from) {
    List<Pickled> tail = values.subList(from, values.size());
    ImmutableList<Pickled> copy = ImmutableList.copyOf(tail);
    tail.clear();
    return copy;
  }

  private void require(int count) throws TorchException {
    if (values.size() < count) {
      throw in.failed("Damaged pickle: it takes a value from an empty stack");
    }
  }
}
