"""Small experiments, each with one more part of the physics than the plain one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.experiment import Experiment

#: Nothing in it is symmetric: an axis that is swapped or turned shows.
PLAIN: Final = (
    "-cell 70 80 90 75 85 95 -misset 15 25 35 -default_F 100 -Na 5 -Nb 4 -Nc 6 -lambda 1.2"
    " -distance 60 -pixel 0.8 -detpixels_f 40 -detpixels_s 30 -Xbeam 9 -Ybeam 14 -oversample 1"
)
_INDICES: Final = range(-16, 17)


@dataclass(frozen=True)
class Case:
    """A part of the physics.

    Attributes:
        title: for people.
        flags: those that ask for it.
    """

    title: str
    flags: str


CASES: Final = (
    Case("structure factors from a file", "-hkl"),
    Case("sub-pixels", "-oversample 3"),
    Case("polarisation", "-polar 0.9"),
    Case("no polarisation", "-nopolar"),
    Case("round crystal", "-round_xtal"),
    Case("Gaussian spots", "-gauss_xtal"),
    Case("tophat spots", "-tophat_spots"),
    Case("phi scan", "-phi 10 -osc 6 -phisteps 3"),
    Case("mosaic domains", "-mosaic 2 -mosaic_domains 3"),
    Case("divergence", "-hdivrange 40 -hdivsteps 3 -vdivrange 40 -vdivsteps 3"),
    Case("dispersion", "-dispersion 8 -dispsteps 3"),
    Case("thick sensor", "-detector_abs 400 -detector_thick 900 -detector_thicksteps 3"),
    Case("curved detector", "-curved_det -point_pixel"),
    Case("detector swing 2θ", "-twotheta 20"),
    Case("detector rotations", "-detector_rotx 9 -detector_roty 7 -detector_rotz 5"),
    Case("XDS geometry", "-xds -ORGX 12 -ORGY 20"),
    Case("detector vectors", "-fdet_vector 0 0.6 0.8 -sdet_vector 0 -0.8 0.6 -odet_vector 1 0 0"),
    Case("resolution limit", "-dmin 4"),
    Case("water background", "-water 2000"),
    Case("flux", "-flux 1e12 -exposure 2 -beamsize 0.05"),
)


def experiment_of(flags: str, folder: Path, *, with_file: bool) -> Experiment:
    """An experiment of the plain flags and more.

    Args:
        folder: where a file of structure factors may be written.
        with_file: whether structure factors come from a file in any case.
    """
    words = PLAIN.split()
    said = flags.split()
    if with_file or "-hkl" in said:
        said = ["-hkl", str(_factors(folder)), *(word for word in said if word != "-hkl")]
    return Experiment.from_nanobragg([*words, *said])


def _factors(folder: Path) -> Path:
    """A list in which no reflection has the amplitude of its neighbours."""
    path = folder / "check.hkl"
    if not path.exists():
        lines = (
            f"{h} {k} {l} {20 + (7 * h + 13 * k + 29 * l) % 161}\n"
            for h in _INDICES
            for k in _INDICES
            for l in _INDICES  # noqa: E741
        )
        path.write_text("".join(lines), encoding="ascii")
    return path
