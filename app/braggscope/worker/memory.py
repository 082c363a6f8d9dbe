"""How much memory a run took."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path


def forget_peak() -> None:
    """Start measuring anew, where the system can (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """The largest resident memory of this process since `forget_peak`, or of any child so far.

    0 where the system does not tell.
    """
    own = _high_water_mark()
    try:
        import resource
    except ImportError:  # Windows
        return own
    unit = 1 if sys.platform == "darwin" else 1024
    if own == 0:
        # On Linux this one would count the host's memory too, at the moment of the fork.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)


def _high_water_mark() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    marks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(marks[0]) * 1024 if marks else 0
