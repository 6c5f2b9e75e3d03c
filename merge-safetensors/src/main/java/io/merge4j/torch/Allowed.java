// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.DType;
import java.util.Optional;

/// What a pickle may name, and what it is taken for. Nothing else of Python exists here, and no
/// class or function is ever looked up by such a name.
enum Allowed {
  ORDERED_DICT,
  TENSOR,
  TENSOR_OF_TYPE,
  PARAMETER,
  STORAGE_TYPE,
  DTYPE,
  SIZE,
  /// Makes a value that is of no interest.
  PLAIN_VALUE;

  private static final ImmutableMap<String, Allowed> NAMES =
      ImmutableMap.<String, Allowed>builder()
          .put("collections.OrderedDict", ORDERED_DICT)
          .put("torch._utils._rebuild_tensor", TENSOR)
          .put("torch._utils._rebuild_tensor_v2", TENSOR)
          .put("torch._utils._rebuild_tensor_v3", TENSOR_OF_TYPE)
          .put("torch._utils._rebuild_parameter", PARAMETER)
          .put("torch._utils._rebuild_parameter_with_state", PARAMETER)
          .put("torch.nn.parameter.Parameter", PARAMETER)
          .put("torch.storage.UntypedStorage", STORAGE_TYPE)
          .put("torch.storage.TypedStorage", STORAGE_TYPE)
          .put("torch.Size", SIZE)
          .put("torch.device", PLAIN_VALUE)
          .put("collections.Counter", PLAIN_VALUE)
          .put("_codecs.encode", PLAIN_VALUE)
          .put("builtins.set", PLAIN_VALUE)
          .put("builtins.bytearray", PLAIN_VALUE)
          .put("builtins.complex", PLAIN_VALUE)
          .buildOrThrow();

  private static final ImmutableMap<String, DType> STORAGES =
      ImmutableMap.<String, DType>builder()
          .put("DoubleStorage", DType.F64)
          .put("FloatStorage", DType.F32)
          .put("HalfStorage", DType.F16)
          .put("BFloat16Storage", DType.BF16)
          .put("LongStorage", DType.I64)
          .put("IntStorage", DType.I32)
          .put("ShortStorage", DType.I16)
          .put("CharStorage", DType.I8)
          .put("ByteStorage", DType.U8)
          .put("BoolStorage", DType.BOOL)
          .put("ComplexFloatStorage", DType.C64)
          .put("UntypedStorage", DType.U8)
          .buildOrThrow();

  /// What `module.name` is, if a file may name it; Python 2 called `builtins` `__builtin__`.
  static Optional<Pickled.Name> find(String module, String name) {
    String path = (module.equals("__builtin__") ? "builtins" : module) + "." + name;
    Allowed known = NAMES.get(path);
    if (known != null) {
      return Optional.of(new Pickled.Name(known, name));
    }
    boolean torch = module.equals("torch");
    if ((torch || module.equals("torch.cuda")) && name.endsWith("Storage")) {
      return Optional.of(new Pickled.Name(STORAGE_TYPE, name));
    }
    return torch && isDType(name) ? Optional.of(new Pickled.Name(DTYPE, name)) : Optional.empty();
  }

  /// The elements of a storage type; empty if safetensors has none like them.
  static Optional<DType> storage(String name) {
    return Optional.ofNullable(STORAGES.get(name));
  }

  /// PyTorch's names of types are made of few letters and digits, and it has no function like that.
  private static boolean isDType(String name) {
    return name.matches("(float|bfloat|complex|u?int|qu?int|bits)[0-9]+[a-z0-9_]*")
        || name.equals("bool");
  }
}
