"""Widgets in cycles die in the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.garbage import GarbageCollection


class Loop:
    """Refers to itself, and tells in which thread it died."""

    def __init__(self, died_in: list[str]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: died_in.append(threading.current_thread().name))


def make_garbage(died_in: list[str]) -> None:
    for _ in range(5000):
        Loop(died_in)


@pytest.mark.gui
def test_garbage_of_threads_is_collected_in_the_windows_thread(qtbot: QtBot) -> None:
    gc.enable()
    died_in: list[str] = []
    collection = GarbageCollection()
    thread = threading.Thread(target=make_garbage, args=(died_in,), name="reader")
    thread.start()
    thread.join()
    assert died_in == []
    qtbot.waitUntil(lambda: len(died_in) == 5000)
    assert set(died_in) == {threading.main_thread().name}
    collection.stop()
    assert gc.isenabled()
