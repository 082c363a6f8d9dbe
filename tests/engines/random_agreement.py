"""The two simulators on random runs: `python -m tests.engines.random_agreement 200`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from braggscope.api import Engine, Run, RunContext
from braggscope_external.engine import create as create_external
from braggscope_torch.engine import create as create_torch
from tests.engines.random_runs import delicate_pixels, random_run

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Agreement:
    """How two images of one run compare.

    Attributes:
        pixels: of the image.
        delicate: pixels too close to a discontinuity to be compared.
        same_specials: whether NaN and infinities coincide.
        maximum: largest finite value.
        error: largest difference of the pixels compared, over the maximum: the eager kernel, which
            takes sines as nanoBragg does, against the C program.
        native_error: the same of the native kernel against the eager one.
    """

    pixels: int
    delicate: int
    same_specials: bool
    maximum: float
    error: float
    native_error: float

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.same_specials and max(self.error, self.native_error) <= TOLERANCE


def image_of(engine: Engine, run: Run) -> np.ndarray:
    """The run's image on an engine, in this process."""
    prepared = engine.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    engine.render(run, image, RunContext())
    return image


def agreement(seed: int, torch_engine: Engine, program: Engine, folder: Path) -> Agreement:
    """Draw a run and render it with the C program and both kernels of the torch engine."""
    run = random_run(seed, folder)
    a, native = (
        image_of(torch_engine, run.model_copy(update={"options": (("kernel", kernel),)}))
        for kernel in ("eager", "native")
    )
    b = image_of(program, run.model_copy(update={"engine": "nanobragg-c"}))
    finite = np.isfinite(a) & np.isfinite(b) & np.isfinite(native)
    delicate = delicate_pixels(run)
    compared = finite & ~delicate
    maximum = float(np.abs(a[compared]).max(initial=0.0))

    def error(other: np.ndarray) -> float:
        difference = float(np.abs(a - other)[compared].max(initial=0.0))
        return difference / maximum if maximum > 0.0 else difference

    return Agreement(
        pixels=a.size,
        delicate=int(delicate.sum()),
        same_specials=all(
            np.array_equal(a[~finite], other[~finite], equal_nan=True) for other in (b, native)
        ),
        maximum=maximum,
        error=error(b),
        native_error=error(native),
    )


def main(draws: int) -> int:
    """Print what disagrees and a summary; gives the number of runs that disagree."""
    engines = create_torch("torch-cpu", {}), create_external("nanobragg-c", {})
    with tempfile.TemporaryDirectory() as name:
        results = [agreement(seed, *engines, Path(name)) for seed in range(draws)]
    wrong = [seed for seed, result in enumerate(results) if not result.holds]
    for seed in wrong:
        print(f"seed {seed}: {results[seed]}")
    bright = [result for result in results if result.maximum > 0.0]
    share = sum(r.delicate for r in results) / sum(r.pixels for r in results)
    print(
        f"{draws} random runs, {len(bright)} with light: {len(wrong)} disagree;"
        f" error median {np.median([r.error for r in bright]):.1e},"
        f" largest {max(r.error for r in results):.1e} of the maximum,"
        f" native against eager {max(r.native_error for r in results):.1e};"
        f" {100 * share:.4f} % of the pixels excluded"
    )
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])) > 0)
