"""When the host is gone, nothing of its worker may stay: no process, no file.

The end of input says that the host is gone. The worker's reader thread sees it, unless an engine
holds Python's lock in one long call; so a small watchdog process, forked before anything heavy is
imported, watches the same pipe and ends what is left.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final, NoReturn

from braggscope.host.locks import remove_if_abandoned
from braggscope.host.process_tree import kill_tree

_OWN_TIME_S: Final = 1.0
_LOCK_TRIES: Final = 10


def end_everything(scratch: Path | None) -> NoReturn:
    """End this worker and all it started; the scratch folder goes if the host is dead."""
    clean_up(scratch)
    if _leads_session():
        kill_tree(os.getpid())
    os._exit(0)


def clean_up(scratch: Path | None) -> None:
    """Remove the scratch folder if its host is dead (and not merely done with us)."""
    if scratch is None:
        return
    for _ in range(_LOCK_TRIES):
        # A dying host closes its pipes a moment before its locks.
        if remove_if_abandoned(scratch):
            return
        time.sleep(0.02)


def start_watchdog(input_fd: int, scratch: Path | None) -> None:
    """Fork the watchdog; call this while there is one thread. Nothing happens on Windows."""
    if not hasattr(os, "fork") or not _leads_session():
        return
    worker = os.getpid()
    if os.fork() == 0:
        try:
            _watch(worker, input_fd, scratch)
        except BaseException:
            import traceback

            open("/tmp/wd.log", "a").write(traceback.format_exc())
        finally:
            os._exit(0)


def _watch(worker: int, input_fd: int, scratch: Path | None) -> None:
    import select

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _close_all_but(input_fd)
    poll = select.poll()
    poll.register(input_fd, 0)  # asks for nothing, so it tells of the hang-up alone
    while os.getppid() == worker and not poll.poll(5000):
        pass
    L = lambda *a: open("/tmp/wd.log", "a").write(f"{time.time():.2f} {os.getpid()} {worker} {a}\n")
    L("hup", os.getppid())
    deadline = time.monotonic() + _OWN_TIME_S
    while os.getppid() == worker and time.monotonic() < deadline:
        time.sleep(0.02)
    L("clean")
    clean_up(scratch)
    L("kill", os.getppid())
    # We are of its session, so its number stays its own even if it has died.
    kill_tree(worker)


def _close_all_but(kept: int) -> None:
    """Hold no pipe open that others wait on; this early there are few descriptors."""
    os.closerange(0, kept)
    os.closerange(kept + 1, 256)


def _leads_session() -> bool:
    """Whether we were started as a worker, and not by hand in someone's terminal session."""
    return hasattr(os, "getsid") and os.getsid(0) == os.getpid()
