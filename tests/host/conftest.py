"""Fixtures of the example plugin."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry, PluginSource
from braggscope.host.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins_under_test"))

from plugin_fixtures import (
    example_plugin,
    example_run,
    experiment,
    fault,
    site,
)

__all__ = ["example_plugin", "example_run", "experiment", "fault", "site"]

HostFactory = Callable[..., Host]
#: This one alone, whatever else is installed.
EXAMPLE = PluginSource("example", "braggscope_example.plugin", "braggscope-example-plugin", "1.0")


@pytest.fixture(autouse=True)
def scratch_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary files of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_leaks(scratch_parent: Path) -> Iterator[None]:
    """No thread, no descriptor, no child process and no temporary file stays behind."""
    threads, descriptors = set(threading.enumerate()), _descriptors()
    yield
    gc.collect()
    _until(lambda: set(threading.enumerate()) <= threads)
    assert set(threading.enumerate()) <= threads
    assert _descriptors() <= descriptors
    assert list(scratch_parent.iterdir()) == []


@pytest.fixture
def make_host(example_plugin: Path) -> Iterator[HostFactory]:
    """Makes hosts that see the example plugin; keyword arguments are settings."""
    hosts: list[Host] = []

    def make(**settings: object) -> Host:
        registry = PluginRegistry()
        registry.discover([EXAMPLE])
        hosts.append(Host(registry, Settings.model_validate(settings)))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def _descriptors() -> set[str]:
    folder = Path("/proc/self/fd")
    found = set()
    for entry in folder.iterdir() if folder.is_dir() else ():
        try:
            found.add(f"{entry.name} {os.readlink(entry)}")
        except OSError:
            continue
    return found


def _until(condition: Callable[[], bool], limit_s: float = 3.0) -> None:
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
