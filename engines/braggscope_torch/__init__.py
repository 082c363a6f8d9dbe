"""The torch engine: one simulator for CPU and CUDA.

`braggscope_torch.render` is the image as a differentiable function (`braggscope_torch.gradient`).
"""

import os
from typing import Any

# On a busy machine, threads that spin at every barrier make torch ten times slower. This has to be
# said before torch is imported, and only if the user said nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__all__ = ["render"]


def __getattr__(name: str) -> Any:
    """Import torch only for those who render in process."""
    if name == "render":
        from braggscope_torch.gradient import render

        return render
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
