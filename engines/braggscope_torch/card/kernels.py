"""The Triton kernels, if Triton is there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from typing import Any, NamedTuple

import torch


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
    except (ImportError, AttributeError) as error:  # the latter where it is too old
        raise Missing(f"Triton cannot be imported, or is older than 3.4: {error}") from error
    return Kernels(render, scan)


@cache
def working(device: torch.device) -> Kernels:
    """The kernels, once the smallest of all has run on a card: that takes a C compiler, and a card
    that Triton knows.

    Raises:
        Missing: they do not work on this machine; says why.
    """
    found = kernels()
    from braggscope_torch.card.device.probe import probe

    number = torch.zeros(1, dtype=torch.float64, device=device)
    try:
        probe[(1,)](number)
    except (RuntimeError, OSError, ValueError, subprocess.CalledProcessError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise Missing(f"Triton does not work on this machine: {first}") from error
    if number.item() != 1.0:
        raise Missing("Triton computes nothing on this machine")
    return found
