"""Which precision suits a graphics card, where nobody says it."""

from __future__ import annotations

from typing import Final

import torch

from braggscope_torch.tables import Precision

#: Compute capabilities of data-centre cards, which do double precision at half the rate of single;
#: all others do a 32nd or a 64th.
_DOUBLE_AT_HALF: Final = ((6, 0), (7, 0), (8, 0), (9, 0), (10, 0))


def suiting(device: torch.device) -> Precision:
    """float64 where it costs little, else mixed; on a processor float64."""
    if device.type == "cpu" or not torch.cuda.is_available():
        return "float64"
    return suiting_capability(torch.cuda.get_device_capability(device))


def suiting_capability(capability: tuple[int, int]) -> Precision:
    """The same for a card's compute capability."""
    return "float64" if capability in _DOUBLE_AT_HALF else "mixed"
