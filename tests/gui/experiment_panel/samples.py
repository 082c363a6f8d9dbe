"""Experiments to fill the form with."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from braggscope.errors import BraggscopeError
from braggscope.experiment import Experiment
from tests.conftest import SHARED

SIMPLE = "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1.1 -distance 100 -detpixels 128"
MTZ = SHARED / "data" / "lysozyme_microed.mtz"
needs_mtz = pytest.mark.skipif(not MTZ.is_file(), reason=f"{MTZ} is not there")


def simple() -> Experiment:
    return Experiment.from_nanobragg(SIMPLE.split())


def golden_experiments() -> list[Any]:
    """Experiments of the golden command lines that this version understands."""
    index = SHARED / "golden" / "index.json"
    if not index.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{index} is not there"))]
    found = []
    for name, run in json.loads(index.read_text()).items():
        try:
            experiment = Experiment.from_nanobragg(
                shlex.split(run["args"]), SHARED / "golden" / "inputs"
            )
        except BraggscopeError:
            continue
        found.append(pytest.param(experiment, id=name))
    return found
