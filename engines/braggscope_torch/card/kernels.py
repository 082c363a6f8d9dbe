"""The Triton kernels, if Triton is there."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from typing import Any, NamedTuple


class Missing(Exception):
    """There is no Triton here; says why."""


class Kernels(NamedTuple):
    """Both kernels: compiled for a card, or run by Triton's interpreter.

    Attributes:
        render, scan: see `device.kernel`; `kernel[grid](**arguments)` launches one.
    """

    render: Any
    scan: Any


@cache
def kernels() -> Kernels:
    """The kernels; the first launch of each variant compiles it, which takes a second or two.

    Raises:
        Missing: Triton is not installed, or cannot be imported; says why.
    """
    if importlib.util.find_spec("triton") is None:
        advice = "pip install triton" if sys.platform == "linux" else "it is made for Linux"
        raise Missing(f"Triton is not installed ({advice})")
    try:
        from braggscope_torch.card.device.kernel import render, scan
    except ImportError as error:
        raise Missing(f"Triton cannot be imported: {error}") from error
    return Kernels(render, scan)
