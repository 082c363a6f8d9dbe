"""Tells how many MB a run takes beyond its image: python -m … MEMORY_MB KERNEL FLAGS.

For the kernel "gradient" it is an image with its derivatives.
"""

from __future__ import annotations

import resource
import sys

import numpy as np
import torch

import braggscope_torch
from braggscope.api import Engine, Run, RunContext
from braggscope.experiment import Experiment, resolve
from braggscope_torch.engine import create

_SCALE = 2**20 if sys.platform == "darwin" else 2**10


def peak_mb() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _SCALE / 2**20


def main(memory_mb: str, kernel: str, flags: str) -> None:
    """Render a run of next to nothing, then the run."""
    engine = create("torch-cpu", {"memory_mb": memory_mb})
    render(engine, kernel, "-cell 100 -default_F 100 -N 5 -detpixels 16", memory_mb)
    base = peak_mb()
    image = render(engine, kernel, flags, memory_mb)
    assert image.any()
    sys.stdout.write(f"{peak_mb() - base - image.nbytes / 2**20}\n")


def render(engine: Engine, kernel: str, flags: str, memory_mb: str) -> np.ndarray:
    """The image of a command line, all of it in memory."""
    experiment = Experiment.from_nanobragg(flags.split())
    if kernel == "gradient":
        return derived(experiment, float(memory_mb))
    run = Run(experiment=experiment, engine="torch-cpu", options=(("kernel", kernel),))
    prepared = engine.prepare(run)
    image = np.full(prepared.shape, 0.0, prepared.dtype)
    engine.render(run, image, RunContext())
    return image


def derived(experiment: Experiment, memory_mb: float) -> np.ndarray:
    """The image, after its derivatives by the cell and the distance were computed."""
    setup = resolve(experiment)
    parameters = {
        name: torch.tensor(getattr(setup.recipe, name), dtype=torch.float64, requires_grad=True)
        for name in ("cell", "distance_m")
    }
    image = braggscope_torch.render(parameters, setup, memory_mb=memory_mb)
    image.sum().backward()
    assert all(bool(value.grad.abs().max() > 0.0) for value in parameters.values())
    return image.detach().numpy()


if __name__ == "__main__":
    main(*sys.argv[1:])
