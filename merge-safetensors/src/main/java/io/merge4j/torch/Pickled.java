// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// What a pickle of tensors is made of. Values are compared and hashed nowhere: a hostile file may
/// nest them without end, or one in itself.
sealed interface Pickled {

  /// Something of no interest to a merge: None, numbers with a fraction, sets, devices.
  enum Other implements Pickled {
    OTHER
  }

  /// A whole number; one beyond 64 bits is [Other].
  record Int(long value) implements Pickled {}

  /// True and False, which Python counts with as 1 and 0.
  record Bool(boolean value) implements Pickled {}

  record Text(String value) implements Pickled {}

  record Tuple(ImmutableList<Pickled> items) implements Pickled {}

  /// A list, while it grows.
  record Items(List<Pickled> items) implements Pickled {
    Items() {
      this(new ArrayList<>(0));
    }
  }

  /// A dictionary, while it grows: keys and values in turn, as they came.
  record Dict(List<Pickled> entries) implements Pickled {
    Dict() {
      this(new ArrayList<>(0));
    }
  }

  /// Something of the list of what a file may name.
  record Name(Allowed allowed, String name) implements Pickled {}

  /// A run of elements in the file that tensors are views of.
  ///
  /// @param key its name in the file
  /// @param dtype its elements; those of an untyped storage are bytes
  /// @param count elements in the file
  /// @param first first element of the view of it that is meant, else 0
  /// @param length elements of that view, else `count`
  record Storage(String key, DType dtype, long count, long first, long length) implements Pickled {}

  /// A tensor; nothing of it is checked yet.
  ///
  /// @param dtype type of its elements, which may differ from its storage's
  /// @param offset first element, in the storage's view
  /// @param size dimensions
  /// @param stride elements from one index to the next, for each dimension
  /// @param plain whether elements are to be taken as they are; not conjugated or negated
  record TensorView(
      Storage storage,
      DType dtype,
      long offset,
      ImmutableList<Pickled> size,
      ImmutableList<Pickled> stride,
      boolean plain)
      implements Pickled {}
}
