"""What each semantic option changes, on a case where it matters.

`python -m tests.engines.semantics_effects` prints the table of docs/semantics.md.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from braggscope.api import Run, allowed_values, parse_semantics
from braggscope.experiment import Experiment
from braggscope_torch.engine import create
from tests.engines.random_agreement import image_of

_CUBIC = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 0.4"
    " -detpixels 128"
)
_TRICLINIC = (
    "-cell 70 80 90 75 85 95 -default_F 100 -Na 5 -Nb 4 -Nc 6 -lambda 1.2 -distance 90"
    " -pixel 0.4 -detpixels 128"
)
_THICK = f"{_CUBIC} -detector_abs 500 -detector_thick 450 -detector_thicksteps 3 -oversample 2"
#: Name of a case -> (what it is, flags).
CASES: Final = {
    "near": ("a detector at 30 mm, 3 × 3 sub-pixels", f"{_CUBIC} -distance 30 -oversample 3"),
    "polarised": (
        "the same with a Kahn factor of 0.9",
        f"{_CUBIC} -distance 30 -oversample 3 -polar 0.9",
    ),
    "thick": ("3 layers, 450 µm of 500 µm attenuation depth", f"{_THICK} -distance 40"),
    "from zero": ("4° in 5 steps from φ = 0", f"{_TRICLINIC} -phi 0 -osc 4 -phisteps 5"),
    "sources": ("three sources of weight 3, 1 and 0.5", f"{_CUBIC} -sourcefile sources.txt"),
    "small table": (
        "F to |h| ≤ 8, interpolated",
        "-cell 70 80 90 85 95 105 -hkl table.hkl -N 2 -lambda 1.1 -distance 60 -pixel 0.4"
        " -detpixels 96 -interpolate",
    ),
    "water": ("20 µm of water, 3 × 3 sub-pixels", f"{_CUBIC} -water 20 -oversample 3"),
    "gauss": ("Gaussian spots", f"{_TRICLINIC} -gauss_xtal -misset 5 5 5"),
    "mosaic": ("8 domains of 0.6°", f"{_CUBIC} -mosaic_spread 0.6 -mosaic_domains 8"),
}
#: Option -> the case that shows it.
SHOWN_ON: Final = {
    "omega": "near",
    "polarization": "polarised",
    "capture": "thick",
    "phi_carry_over": "from zero",
    "source_weights": "sources",
    "interpolation_fallback": "small table",
    "thickness_layers": "thick",
    "water_scale": "water",
    "spot_radius": "gauss",
    "mosaic_generator": "mosaic",
}


@dataclass(frozen=True)
class Effect:
    """What an option's value changes against nanoBragg's.

    Attributes:
        correlation: Pearson's, of the two images.
        sum_ratio: sum of the changed image over that of nanoBragg's.
        difference: largest difference over nanoBragg's maximum.
    """

    correlation: float
    sum_ratio: float
    difference: float


def write_inputs(folder: Path) -> None:
    """The files that the cases name."""
    (folder / "sources.txt").write_text(
        "-10 0.01 0.02 3 1.0e-10\n-10 -0.02 0.01 1 1.2e-10\n-5 0.1 0.05 0.5 1.05e-10\n"
    )
    side = range(-8, 9)
    lines = [
        f"{h} {k} {j} {100 + 7 * h + 5 * k + 3 * j + (h * h + 2 * k * k + 3 * j * j) % 11}"
        for h in side
        for k in side
        for j in side
    ]
    (folder / "table.hkl").write_text("\n".join(lines) + "\n")


def case_image(case: str, semantics: str, folder: Path) -> np.ndarray:
    """The image of a case under `option=value`."""
    experiment = Experiment.from_nanobragg(CASES[case][1].split(), folder)
    chosen = parse_semantics([semantics])
    run = Run(experiment=experiment, engine="torch-cpu", semantics=chosen)
    return image_of(create("torch-cpu", {}), run)


def effects(folder: Path) -> dict[tuple[str, str], Effect]:
    """(option, value) -> its effect on the option's case."""
    write_inputs(folder)
    found = {}
    for option, case in SHOWN_ON.items():
        plain = case_image(case, "nanobragg", folder)
        for value in allowed_values(option)[1:]:
            changed = case_image(case, f"{option}={value}", folder)
            found[option, value] = Effect(
                correlation=float(np.corrcoef(plain.ravel(), changed.ravel())[0, 1]),
                sum_ratio=float(changed.sum() / plain.sum()),
                difference=float(np.abs(changed - plain).max() / plain.max()),
            )
    return found


def row(option: str, value: str, effect: Effect) -> str:
    """One line of the table of docs/semantics.md."""
    return (
        f"| `{option}` | `{value}` | {SHOWN_ON[option]} | {effect.correlation:.6f}"
        f" | {effect.sum_ratio:.6g} | {effect.difference:.2g} |"
    )


def documented(text: str) -> dict[tuple[str, str], Effect]:
    """The effects that docs/semantics.md tells."""
    pattern = r"^\| `(\w+)` \| `([\w-]+)` \| [\w ]+ \| (\S+) \| (\S+) \| (\S+) \|$"
    return {
        (option, value): Effect(float(correlation), float(ratio), float(difference))
        for option, value, correlation, ratio, difference in re.findall(pattern, text, re.M)
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for (an_option, a_value), an_effect in effects(Path(name)).items():
            print(row(an_option, a_value, an_effect))
