"""Tells how many MB a run takes beyond its image: python -m … MEMORY_MB KERNEL FLAGS."""

from __future__ import annotations

import resource
import sys

import numpy as np

from braggscope.api import Engine, Run, RunContext
from braggscope.experiment import Experiment
from braggscope_torch.engine import create

_SCALE = 2**20 if sys.platform == "darwin" else 2**10


def peak_mb() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _SCALE / 2**20


def main(memory_mb: str, kernel: str, flags: str) -> None:
    """Render a run of next to nothing, then the run."""
    engine = create("torch-cpu", {"memory_mb": memory_mb})
    render(engine, kernel, "-cell 100 -default_F 100 -N 5 -detpixels 16")
    base = peak_mb()
    image = render(engine, kernel, flags)
    assert image.any()
    sys.stdout.write(f"{peak_mb() - base - image.nbytes / 2**20}\n")


def render(engine: Engine, kernel: str, flags: str) -> np.ndarray:
    """The image of a command line, all of it in memory."""
    experiment = Experiment.from_nanobragg(flags.split())
    run = Run(experiment=experiment, engine="torch-cpu", options=(("kernel", kernel),))
    prepared = engine.prepare(run)
    image = np.full(prepared.shape, 0.0, prepared.dtype)
    engine.render(run, image, RunContext())
    return image


if __name__ == "__main__":
    main(*sys.argv[1:])
