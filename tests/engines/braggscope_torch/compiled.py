"""The card's kernels compiled for cards that are not there."""

from __future__ import annotations

from typing import Any

import torch

from braggscope_torch.card.job import job_of, smooth_lookup
from braggscope_torch.card.kernels import Kernels
from braggscope_torch.card.rendering import BLOCK, WARPS, types_of
from braggscope_torch.tables import Tables

_NAMES = {torch.float64: "fp64", torch.float32: "fp32", torch.uint8: "u8"}


def machine_code(
    kernels: Kernels, tables: Tables, capability: int, split: bool = False, scans: bool = False
) -> bytes:
    """What the compiler makes of a run's kernel for a compute capability such as 90."""
    from triton import compile as compile_source
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    job = job_of(tables, smooth_lookup(tables))
    out = "fp64" if tables.precision == "float64" else "fp32"
    types = {name: _NAMES[tensor.dtype] for name, tensor in job.tensors.items()}
    types |= {"out": out, "state": "fp64", "not_finite": "i64", "found": "i64"}
    constants: dict[str, Any] = {**job.constants, **types_of(job)}
    constants |= {"SPLIT": split, "BLOCK": BLOCK, "ALL_LIVE": False}
    signature, chosen = {}, {}
    kernel = kernels.scan if scans else kernels.render
    for name in kernel.arg_names:
        signature[name] = f"*{types[name]}" if name in types else "i32"
        if name in constants:
            signature[name], chosen[name] = "constexpr", constants[name]
    source = ASTSource(kernel, signature=signature, constexprs=chosen)
    made = compile_source(
        source, target=GPUTarget("cuda", capability, 32), options={"num_warps": WARPS}
    )
    code: bytes = made.asm["cubin"]
    return code
