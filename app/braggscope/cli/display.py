"""Whether a window can open here. Qt itself aborts the process where it finds no display."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping

from braggscope.errors import InvalidInput

_LOCAL = re.compile(r"^(?:unix)?:(\d+)(?:\.\d+)?$")


def check_display(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to open a window without a display; it takes less than a millisecond.

    Raises:
        InvalidInput: there is none, or nothing answers there.
    """
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or chosen.partition(":")[0] not in ("", "xcb", "wayland"):
        return
    display = environment.get("DISPLAY", "")
    if environment.get("WAYLAND_DISPLAY") and chosen != "xcb":
        return
    if not display:
        raise _no_window("There is no display")
    local = _LOCAL.match(display)
    if local is not None and not _answers(f"/tmp/.X11-unix/X{local[1]}"):
        raise _no_window(f"Nothing answers at the display {display}")


def _no_window(why: str) -> InvalidInput:
    return InvalidInput(
        "cannot open a window",
        why=why,
        remedy="Compare without one: braggscope compare, and see braggscope --help",
    )


def _answers(path: str) -> bool:
    """Whether an X server listens at a socket, named by its file or abstractly."""
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(address)
            except OSError:
                continue
            return True
    return False
