"""What a run takes beyond its image is bounded by a setting."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from braggscope.api import Run
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope_torch import blocks
from braggscope_torch.engine import create
from braggscope_torch.native import library as libraries
from tests.engines.random_runs import tables_of
from tests.experiment.test_nanobragg_dialect import CUBIC

CRYSTAL = "-cell 100 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 0.1 -oversample 1"
MANY_PIXELS = f"{CRYSTAL} -detpixels 3000"
#: 1000 spindle steps and 100 domains.
MANY_STEPS = (
    f"{CRYSTAL} -detpixels 512 -osc 1 -phisteps 1000 -mosaic 0.5 -mosaic_domains 100"
    " -roi 200 203 200 203"
)


def tables_with(flags: str, memory_mb: int) -> blocks.Tables:
    experiment = Experiment.from_nanobragg(flags.split())
    tables = tables_of(Run(experiment=experiment, engine="torch-cpu"))
    return replace(tables, memory_bytes=memory_mb * 2**20)


@pytest.mark.parametrize("flags", [MANY_PIXELS, MANY_STEPS], ids=["pixels", "steps"])
@pytest.mark.parametrize("kernel", ["native", "eager"])
@pytest.mark.parametrize("memory_mb", [64, 512])
def test_a_large_run_stays_within_its_memory(flags: str, kernel: str, memory_mb: int) -> None:
    if kernel == "native" and not (libraries.FOLDER / libraries.NAME).is_file():
        pytest.skip("the native kernel is not built")
    if kernel == "eager" and flags == MANY_PIXELS:
        flags += " -roi 0 2999 1000 1200"
    assert peak_mb(flags, kernel, memory_mb) <= memory_mb


@pytest.mark.parametrize("domains", [10, 1000])
def test_derivatives_stay_within_their_memory(domains: int) -> None:
    """All at once, they would take 300 MB."""
    side = {10: 256, 1000: 26}[domains]
    flags = f"{CRYSTAL} -detpixels {side} -mosaic 0.5 -mosaic_domains {domains} -misset 3 5 7"
    # Autograd itself takes some 10 MB.
    assert peak_mb(flags, "gradient", 64) <= 90


def peak_mb(flags: str, kernel: str, memory_mb: int) -> float:
    """What a run takes beyond its image, in a process of its own."""
    module = "tests.engines.braggscope_torch.peak_memory"
    command = [sys.executable, "-m", module, str(memory_mb), kernel, flags]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return float(answer.stdout)


@pytest.mark.parametrize("flags", [MANY_PIXELS, MANY_STEPS], ids=["pixels", "steps"])
def test_a_graphics_card_does_no_more_at_once_than_fits(flags: str) -> None:
    tables = tables_with(flags, 100)
    on_card = replace(tables, device=torch.device("cuda"))
    pixels = blocks.block_size(on_card)
    done_at_once = pixels * blocks.orientations_at_once(on_card, pixels)
    assert blocks.evaluations_at_once(tables) <= done_at_once
    assert done_at_once * 240 + tables.bytes <= 100 * 2**20


def test_tables_that_do_not_fit_are_told() -> None:
    engine = create("torch-cpu", {"memory_mb": "16"})
    few, many = (
        Run(experiment=Experiment.from_nanobragg(flags.split()), engine="torch-cpu")
        for flags in (
            f"{CUBIC} -detpixels 8",
            f"{CUBIC} -detpixels 8 -mosaic 0.5 -mosaic_domains 200 -osc 1 -phisteps 2000",
        )
    )
    assert engine.prepare(few).notes == few.setup.notes
    assert any("memory_mb = 16" in note for note in engine.prepare(many).notes)


@pytest.mark.parametrize("said", ["", "much", "nan", "inf", "3", "-100"])
def test_another_setting_than_an_amount_is_refused(said: str) -> None:
    engine = create("torch-cpu", {"memory_mb": said})
    run = Run(experiment=Experiment.from_nanobragg(CUBIC.split()), engine="torch-cpu")
    with pytest.raises(InvalidInput, match="no amount of memory"):
        engine.prepare(run)
