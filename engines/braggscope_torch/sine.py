"""sin(N π h)/sin(π h): most of what a step of the eager kernel takes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from braggscope_torch.native.library import Library, Missing, library
from braggscope_torch.scratch import Scratch

#: Added to π h, it changes nothing but 0, of which the ratio then is N.
_TINY = {torch.float64: 1e-300, torch.float32: 1e-30}


def sine_ratio(h: Tensor, n_cells: float, out: Tensor | None, scratch: Scratch) -> Tensor:
    """sin(N π h)/sin(π h) of any shape, N at h = 0.

    π h is taken as it is, without whole turns taken away: nanoBragg's rounding is part of it. In
    double precision on a processor, compiled code does the same operations in one pass, where there
    is any: torch's sines alone take 3 ns each on processors that its library of vector functions
    does not know (all but Intel's).

    Args:
        out: memory for the result; None while derivatives are recorded. At h = 0 they are 0.
    """
    if out is None:
        at_zero = h == 0.0
        x = torch.where(at_zero, 0.5, h) * math.pi
        return torch.where(at_zero, n_cells, torch.sin(x * n_cells) / torch.sin(x))
    native = _compiled(h, out)
    if native is not None:
        native.sine_ratios(h.data_ptr(), out.data_ptr(), h.numel(), n_cells)
        return out
    x = torch.add(h.new_tensor(_TINY[h.dtype]), h, alpha=math.pi, out=scratch("phase", h.shape, h))
    torch.sin(torch.mul(x, n_cells, out=out), out=out)
    return torch.div(out, torch.sin(x, out=x), out=out)


def _compiled(h: Tensor, out: Tensor) -> Library | None:
    if h.dtype != torch.float64 or h.device.type != "cpu":
        return None
    try:
        found = library()
    except Missing:
        return None
    fits = found.target != "portable" and h.is_contiguous() and out.is_contiguous()
    return found if fits else None
