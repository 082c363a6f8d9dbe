"""What the Triton kernel does not do beyond what no fast kernel does."""

from __future__ import annotations

from typing import Final

from braggscope_torch import support
from braggscope_torch.blocks import region_size
from braggscope_torch.card.job import evaluations_of
from braggscope_torch.tables import Tables

#: Pixels, evaluations and structure factors are counted in 32 bits.
_LARGEST_COUNT: Final = 2**31 - 2**16


def unsupported_on_card(tables: Tables) -> str:
    """Why a run is not the Triton kernel's, in a few words; "" when it is."""
    values = tables.structure_factors.values
    detector = tables.setup.detector
    counts = {
        "pixels": max(region_size(tables), detector.shape[0] * detector.fast_pixels),
        "steps of a pixel": evaluations_of(tables).each,
        "structure factors": 0 if values is None else values.numel(),
    }
    for name, count in counts.items():
        if count > _LARGEST_COUNT:
            return f"there are too many {name}"
    return support.unsupported_in_any_precision(tables)
