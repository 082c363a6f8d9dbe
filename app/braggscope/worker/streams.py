"""Standard streams: the pipes to the host are ours alone. Light: no NumPy."""

from __future__ import annotations

import os
import sys


def take_standard_streams() -> tuple[int, int]:
    """Keep the pipes to the host for ourselves.

    What the engine or its children print goes to standard error, the log; they read nothing.

    Returns:
        (input, output) descriptors; children do not inherit them.
    """
    input_fd, output_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        # The log must hold the last words of a process that is killed.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return input_fd, output_fd
