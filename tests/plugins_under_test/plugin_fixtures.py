"""Fixtures that make plugins look installed, for this process and for its workers."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import braggscope
from braggscope.api import DetectorImage, Provenance, Run
from braggscope.experiment import Experiment

#: Longer than anything takes, seconds.
LIMIT_S = 30.0
PLUGINS_UNDER_TEST = Path(__file__).parent
_APP = Path(braggscope.__file__).parents[1]


def until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Wait for something that is about to be."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def image_of(data: object, mask: object = None) -> DetectorImage:
    """An image that no engine made."""
    marks = None if mask is None else np.asarray(mask, dtype=bool)
    return DetectorImage(np.asarray(data), marks, Provenance(run=None))


def write_dist_info(site: Path, distribution: str, entry_points: dict[str, str]) -> None:
    """What pip leaves of an installed distribution, as far as entry points need it."""
    folder = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in entry_points.items()]
    text = "\n".join(["[braggscope.plugins]", *lines, ""])
    (folder / "entry_points.txt").write_text(text)


def forget_modules(prefix: str) -> None:
    """Drop modules, so that the next import runs them again."""
    for name in [name for name in sys.modules if name.split(".")[0] == prefix]:
        del sys.modules[name]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is on the path here and in workers; distributions can be put into it."""
    folder = tmp_path / "site"
    folder.mkdir()
    paths = [str(folder), str(PLUGINS_UNDER_TEST), str(_APP)]
    inherited = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*paths, *filter(None, [inherited])]))
    for path in reversed(paths[:2]):
        monkeypatch.syspath_prepend(path)
    return folder


@pytest.fixture
def example_plugin(site: Path) -> Iterator[Path]:
    """The example plugin is installed; gives the folder where."""
    write_dist_info(site, "braggscope-example-plugin", {"example": "braggscope_example.plugin"})
    yield site
    forget_modules("braggscope_example")


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Call it with points at which the example plugin is to misbehave, here and in workers."""

    def set_fault(points: str) -> None:
        monkeypatch.setenv("BRAGGSCOPE_EXAMPLE_FAULT", points)
        forget_modules("braggscope_example")

    return set_fault


@pytest.fixture
def experiment() -> Experiment:
    """A small one: 10 × 20 pixels (slow × fast), 1.5 Å."""
    return Experiment.build(
        {
            "beam": {"wavelength_A": 1.5},
            "crystal": {"cell": {"a_A": 50, "b_A": 60, "c_A": 70}, "default_F": 100.0},
            "detector": {"pixels_fast": 20, "pixels_slow": 10, "distance_mm": 100.0},
        }
    )


@pytest.fixture
def example_run(experiment: Experiment) -> Run:
    """The experiment on the example engine."""
    return Run(experiment=experiment, engine="example-flat")
