"""sin(N π h)/sin(π h) and its product over h, k, l: most of what a step of the eager kernel takes.

In double precision on a processor, compiled code does the same operations in one pass, each rounded
as torch does, where there is any: torch's sines alone take 3 ns each on processors that its library
of vector functions does not know (all but Intel's).
"""

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

    π h is taken as it is, without whole turns taken away: nanoBragg's rounding is part of it.

    Args:
        out: memory for the result; None while derivatives are recorded. At h = 0 they are 0.
    """
    if out is None:
        at_zero = h == 0.0
        x = torch.where(at_zero, 0.5, h) * math.pi
        return torch.where(at_zero, n_cells, torch.sin(x * n_cells) / torch.sin(x))
    native = _compiled(h)
    if native is not None and h.is_contiguous() and out.is_contiguous():
        native.sine_ratios(h.data_ptr(), out.data_ptr(), h.numel(), n_cells)
        return out
    x = torch.add(h.new_tensor(_TINY[h.dtype]), h, alpha=math.pi, out=scratch("phase", h.shape, h))
    torch.sin(torch.mul(x, n_cells, out=out), out=out)
    return torch.div(out, torch.sin(x, out=x), out=out)


def ratio_product(
    cells_m: Tensor, q: Tensor, n_cells: tuple[float, float, float], scratch: Scratch
) -> Tensor | None:
    """(orientations, pixels) the product of the ratios of h = a·q, k = b·q and l = c·q.

    Args:
        cells_m: (3, orientations, 3) a, b and c of every orientation, m.
        q: (3, pixels) scattering vectors, 1/m.

    Returns:
        None where no compiled code does it in one pass.
    """
    native = _compiled(q)
    by_orientation = cells_m.transpose(0, 1)
    if native is None or not (q.is_contiguous() and by_orientation.is_contiguous()):
        return None
    out = scratch("lattice", (cells_m.shape[1], q.shape[1]), q)
    if out is None:
        return None
    given = q.data_ptr(), q.shape[1], by_orientation.data_ptr(), len(by_orientation)
    native.square_products(*given, n_cells, out.data_ptr())
    return out


def _compiled(like: Tensor) -> Library | None:
    if like.dtype != torch.float64 or like.device.type != "cpu":
        return None
    try:
        found = library()
    except Missing:
        return None
    return found if found.target != "portable" else None
