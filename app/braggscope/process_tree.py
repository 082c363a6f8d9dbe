"""Ending a process with everything it started: workers, and programs of engines. Light: no NumPy.

A worker leads a session of its own, so its session is what it started, unless a child made
another session; those are found as descendants while the worker lives (Linux: /proc).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class _Process(NamedTuple):
    pid: int
    parent: int
    session: int
    state: str


def members(leader: int) -> list[int]:
    """Living processes of the leader's session and its descendants, without the leader itself.

    Empty where there is no /proc.
    """
    table = [_read_stat(int(p.name)) for p in _numbered(Path("/proc"))]
    living = [p for p in table if p is not None and p.state not in "ZX"]
    family = {leader} | {p.pid for p in living if p.session == leader}
    grown = True
    while grown:
        more = {p.pid for p in living if p.parent in family} - family
        family |= more
        grown = bool(more)
    return sorted(family - {leader})


def kill_tree(leader: int, spared: Collection[int] = ()) -> None:
    """Kill the leader of a process group and everything it started, at once.

    The caller must not have reaped the leader yet, or its number may belong to someone else.

    Args:
        spared: processes among them that stay; where there is no /proc, most stay with them then.
    """
    if not hasattr(os, "killpg"):  # Windows: the job object of the process, some day
        with suppress(OSError):
            os.kill(leader, signal.SIGTERM)
        return
    for _ in range(3):  # a process that is just being forked shows up in the next round
        found = [pid for pid in members(leader) if pid not in spared]
        for pid in found:
            _kill(pid)
        if not found:
            break
    if leader not in spared:
        _kill(leader)
    if not spared:
        kill_group(leader)


def kill_group(leader: int) -> None:
    """Kill the leader's process group: what the system knows by itself, without /proc."""
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)


def _kill(pid: int) -> None:
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _numbered(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _read_stat(pid: int) -> _Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The command's name stands in parentheses and may hold anything, parentheses too.
    fields = text[text.rindex(")") + 2 :].split()
    return _Process(pid, int(fields[1]), int(fields[3]), fields[0])
