"""The conformance values of the specification (section 16) on the torch engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Run
from braggscope.experiment.nanobragg import parse_command_line
from braggscope_torch.engine import create
from tests.engines.braggscope_external.reference_program import words
from tests.engines.braggscope_external.test_reference_conformance import (
    COMMON,
    CONFORMANCE,
    write_inputs,
)
from tests.engines.random_agreement import image_of

PLACES = ((0, 0), (7, 31), (20, 13), (35, 39))


@pytest.mark.parametrize("name", CONFORMANCE)
def test_conformance_values(name: str, tmp_path: Path) -> None:
    flags, total, largest, place, pixels = CONFORMANCE[name]
    write_inputs(tmp_path)
    command = parse_command_line([*COMMON, *words(flags)], tmp_path)
    run = Run(experiment=command.experiment, engine="torch-cpu", semantics=command.semantics)
    image = image_of(create("torch-cpu", {}), run).astype(np.float32)
    assert image.sum(dtype=np.float64) == pytest.approx(total, rel=1e-8)
    assert np.unravel_index(image.argmax(), image.shape) == place
    assert image[place] == pytest.approx(largest, rel=1e-7)
    for at, value in zip(PLACES, pixels, strict=True):
        assert image[at] == pytest.approx(value, rel=2e-7, abs=1e-9 * largest)
