"""When the host is gone, nothing of its worker may stay: no process, no file.

The end of input says that the host is gone. The worker's reader thread sees it and ends the worker,
unless an engine holds Python's lock in one long call. So a small watchdog process, forked before
anything heavy is imported, watches the same pipe: it ends what is left and then removes the
scratch folder. It is the last to go, and nobody else in the worker may end it.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final, NoReturn

from braggscope.host.locks import remove_if_abandoned
from braggscope.process_tree import kill_group, kill_tree

_OWN_TIME_S: Final = 1.0
_LOCK_TIME_S: Final = 1.0
_REMOVAL_TIME_S: Final = 10.0
_PAUSE_S: Final = 0.02


class Guard:
    """Ends this worker with everything it started.

    Args:
        input_fd: the pipe from the host.
        scratch: the host's folder, removed if the host is dead.
    """

    def __init__(self, input_fd: int, scratch: Path | None) -> None:
        self._input_fd = input_fd
        self._scratch = scratch
        self._watchdog: int | None = None

    def start_watchdog(self) -> None:
        """Fork the watchdog; call this while there is one thread. Nothing happens on Windows."""
        if not hasattr(os, "fork") or not _leads_session():
            return
        worker = os.getpid()
        self._watchdog = os.fork()
        if self._watchdog == 0:
            try:
                self._watch(worker)
            finally:
                os._exit(0)

    def end(self) -> NoReturn:
        """End this worker and all it started."""
        if self._watchdog is None:
            _clean_up(self._scratch)
        if _leads_session():
            # The engine may stop this thread at any point by taking Python's lock: until the last
            # line, the watchdog must be there to go on.
            kill_tree(os.getpid(), spared=(os.getpid(), self._watchdog or 0))
        os._exit(0)

    def _watch(self, worker: int) -> None:
        import select

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _close_all_but(self._input_fd)
        poll = select.poll()
        poll.register(self._input_fd, 0)  # asks for nothing, so it tells of the hang-up alone
        while os.getppid() == worker and not poll.poll(5000):
            pass
        deadline = time.monotonic() + _OWN_TIME_S
        while os.getppid() == worker and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        # We are of its session, so the worker's number stays its own even if it has died.
        kill_tree(worker, spared=(os.getpid(),))
        _clean_up(self._scratch)
        kill_group(worker)


def _clean_up(scratch: Path | None) -> None:
    """Remove the scratch folder if its host is dead (and not merely done with us)."""
    if scratch is None:
        return
    deadline = time.monotonic() + _LOCK_TIME_S
    # A dying host closes its pipes a moment before its locks.
    while not remove_if_abandoned(scratch, _REMOVAL_TIME_S) and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)


def _close_all_but(kept: int) -> None:
    """Hold no pipe open that others wait on; this early there are few descriptors."""
    os.closerange(0, kept)
    os.closerange(kept + 1, 256)


def _leads_session() -> bool:
    """Whether we were started as a worker, and not by hand in someone's terminal session."""
    return hasattr(os, "getsid") and os.getsid(0) == os.getpid()
