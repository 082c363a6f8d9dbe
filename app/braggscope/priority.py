"""Letting the programs that people look at go first: they wait for milliseconds, we for seconds.

Where there is niceness; elsewhere, as on Windows, nothing changes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Set to anything, a worker steps back. A variable, for workers of an older version know no option.
STEPS_BACK_VARIABLE: Final = "BRAGGSCOPE_STEPS_BACK"
#: Of Linux, which shares processors among sessions before it looks at processes: a worker is a
#: session of its own, and its niceness alone would change nothing.
_OF_THE_SESSION: Final = Path("/proc/self/autogroup")
_MORE: Final = 10
_NICEST: Final = 19
#: Linux lets users without privileges change a session once in 0.1 s, all of them together.
_PAUSE_S: Final = 0.13
_TRIES: Final = 30


def process_steps_back() -> None:
    """Ask for the processors that others leave; for this process and all it starts."""
    if not hasattr(os, "nice"):
        return
    with suppress(OSError):
        niceness = _more_than(os.getpriority(os.PRIO_PROCESS, 0))
        if sys.platform == "linux":
            # There, each thread has its own, and libraries have started some by now.
            for thread in os.listdir("/proc/self/task"):
                _set_thread(int(thread), niceness)
        else:
            os.setpriority(os.PRIO_PROCESS, 0, niceness)
        # A worker that was started by hand shares its session with the user's shell.
        if os.getsid(0) == os.getpid() and not _session_steps_back(niceness):
            threading.Thread(target=_insist, args=(niceness,), name="priority", daemon=True).start()


def thread_steps_back() -> None:
    """The same for this thread and those it starts, where threads have a niceness: on Linux."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            _set_thread(thread, _more_than(os.getpriority(os.PRIO_PROCESS, thread)))


def _more_than(niceness: int) -> int:
    return min(niceness + _MORE, _NICEST)


def _set_thread(thread: int, niceness: int) -> None:
    with suppress(OSError):  # It may be gone.
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


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
