"""Makes the files of this folder with the reference writers: safetensors 0.8.0, torch 2.13.0, transformers 5.18.0."""

import os

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))

# Every element type that torch has; two tensors of each, so that names order them, and one without elements.
tensors = {}
for name in """bool float4_e2m1fn_x2 uint8 int8 float8_e5m2 float8_e4m3fn float8_e8m0fnu float8_e4m3fnuz float8_e5m2fnuz
               int16 uint16 float16 bfloat16 int32 uint32 float32 complex64 float64 int64 uint64""".split():
    dtype = getattr(torch, name)
    width = torch.empty((), dtype=dtype).element_size()
    for i, prefix in enumerate("za"):
        raw = torch.arange(i + 1, i + 1 + 6 * width, dtype=torch.uint8)
        raw = raw % 2 if dtype == torch.bool else raw
        tensors[f"{prefix}.{name}"] = raw.view(dtype).reshape(2, 3)
    tensors[f"empty.{name}"] = torch.empty((0, 2), dtype=dtype)
save_file(tensors, os.path.join(HERE, "dtypes.safetensors"), {"format": "pt"})

# Names whose order or spelling is easily got wrong.
names = ["", " ", "a.9", "a.10", "A", "\uffee", "\U0001f600", "é", "e\u0301", '"\\/', "\b\t\n\f\r", "\x01\x1f\x7f", "\u2028", "\ud7ff", "\ue000"]
save_file({n: torch.tensor(float(i)) for i, n in enumerate(names)}, os.path.join(HERE, "names.safetensors"), {"format": "é\n\"/\U0001f600\x01"})

# Shards and index, and the order in which transformers looks at the tensors.
config = LlamaConfig(
    vocab_size=16, hidden_size=8, intermediate_size=12, num_hidden_layers=3, num_attention_heads=2, tie_word_embeddings=False
)
torch.manual_seed(0)
model = LlamaForCausalLM(config)
model.save_pretrained(os.path.join(HERE, "sharded"), max_shard_size=2000)
with open(os.path.join(HERE, "sharded", "order.txt"), "w") as f:
    f.writelines(n + "\n" for n in model.state_dict())
for name in ("config.json", "generation_config.json"):
    os.remove(os.path.join(HERE, "sharded", name))
