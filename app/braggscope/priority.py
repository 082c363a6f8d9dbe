"""Letting the programs that people look at go first: they wait for milliseconds, we for seconds."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Of Linux, which shares processors among sessions before it looks at processes: a worker is a
#: session of its own, and its niceness alone would change nothing.
_OF_THE_SESSION: Final = Path("/proc/self/autogroup")
_NICENESS: Final = 10
#: Linux lets users without privileges change a session once in 0.1 s, all of them together.
_PAUSE_S: Final = 0.13
_TRIES: Final = 30


def process_steps_back() -> None:
    """Ask for the processors that others leave; for this process and all it starts."""
    if not hasattr(os, "nice"):
        return
    niceness = os.nice(_NICENESS)
    if not _session_steps_back(niceness):
        threading.Thread(target=_insist, args=(niceness,), name="priority", daemon=True).start()


def thread_steps_back() -> None:
    """The same for this thread and those it starts, where threads have a niceness: on Linux."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _session_steps_back(niceness: int) -> bool:
    """Whether nothing is left to be tried again."""
    try:
        _OF_THE_SESSION.write_text(str(niceness))
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _insist(niceness: int) -> None:
    for _ in range(_TRIES):
        time.sleep(_PAUSE_S)
        if _session_steps_back(niceness):
            return
