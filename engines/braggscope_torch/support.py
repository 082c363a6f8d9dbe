"""What the native and the Triton kernel do not do, or not exactly: that is the eager kernel's."""

from __future__ import annotations

import numpy as np

from braggscope_torch.tables import Tables

#: Above it, the nearest whole number of an index is not found by adding and taking away 1.5·2^52.
_LARGEST_INDEX = 2.0**50


def unsupported(tables: Tables) -> str:
    """Why a run is the eager kernel's alone, in a few words; "" when it is not."""
    if tables.precision == "float32-naive":
        return "it is in single precision without reduced sines"
    return unsupported_in_any_precision(tables)


def unsupported_in_any_precision(tables: Tables) -> str:
    """The same for a kernel that takes sines as they are, too."""
    setup = tables.setup
    if setup.detector.curved:
        return "the detector is curved"
    rules = (tables.semantics.omega, tables.semantics.polarization, tables.semantics.capture)
    if "compounding" in rules:
        return "pixel factors compound"
    if tables.background != 0.0 and "per-evaluation" in rules:
        return "the background is weighted by every evaluation"
    if setup.steps == 0:
        return "there are no steps"
    if largest_index(tables) > _LARGEST_INDEX:
        return "Miller indices are too large"
    if tables.arrays.scale.requires_grad or tables.arrays.cell_m.requires_grad:
        return "derivatives are asked for"
    return ""


def largest_index(tables: Tables) -> float:
    """A bound of |h|, |k|, |l|; infinite where nothing is known."""
    edges_m = np.linalg.norm(tables.arrays.cell_m.detach().cpu().numpy(), axis=-1)
    with np.errstate(all="ignore"):
        bound = float(2.0 * edges_m.max() / tables.arrays.wavelength_m.min().item())
    return bound if np.isfinite(bound) else np.inf
