"""The experiments that engines are timed on. A step is one sub-pixel × source × phi × domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.reflections import cell_of, structure_factors_from
from braggscope.host.resources import resource_path

_CRYSTAL: Final = "-cell 100 100 100 90 90 90 -default_F 100 -lambda 1 -distance 100 -pixel 0.1"
_MOSAIC: Final = "-mosaic 0.5 -mosaic_domains 10"
_DIVERGENCE: Final = "-hdivrange 1 -hdivsteps 5 -vdivrange 1 -vdivsteps 5 -square_div"


@dataclass(frozen=True)
class Workload:
    """One experiment.

    Attributes:
        name: short, as people cite it.
        title: what is special about it.
        flags: the nanoBragg command line.
        listed: whether it takes its structure factors and cell from the example's file.
        usual: whether it is measured where none is named.
    """

    name: str
    title: str
    flags: str
    listed: bool = False
    usual: bool = True

    def experiment(self) -> Experiment:
        """What to run."""
        experiment = Experiment.from_nanobragg(f"{_CRYSTAL} -oversample 1 {self.flags}".split())
        if not self.listed:
            return experiment
        reflections = resource_path("examples", "lysozyme.mtz")
        factors, cell = structure_factors_from(reflections), cell_of(reflections)
        listed = experiment.with_override("crystal.structure_factors", factors)
        return listed if cell is None else listed.with_override("crystal.cell", cell)


WORKLOADS: Final[Mapping[str, Workload]] = {
    one.name: one
    for one in (
        Workload("W1", "1024², 1 step", "-N 5 -detpixels 1024"),
        Workload("W2", "4096², 1 step", "-N 5 -detpixels 4096"),
        Workload(
            "W4",
            "1024², phi 5 × mosaic 10",
            f"-N 5 -detpixels 1024 -osc 1 -phisteps 5 {_MOSAIC}",
        ),
        Workload(
            "W5",
            "512², sources 25 × mosaic 10 × phi 4",
            f"-N 5 -detpixels 512 -osc 1 -phisteps 4 {_MOSAIC} {_DIVERGENCE}",
        ),
        Workload(
            "W6n",
            "as W4, lysozyme, nearest F",
            f"-N 5 -detpixels 1024 -osc 1 -phisteps 5 {_MOSAIC} -nointerpolate",
            listed=True,
        ),
        Workload(
            "W6t",
            "as W4, lysozyme, tricubic F",
            f"-N 5 -detpixels 1024 -osc 1 -phisteps 5 {_MOSAIC} -interpolate",
            listed=True,
        ),
        Workload(
            "W6n1",
            "as W1, lysozyme, nearest F",
            "-N 5 -detpixels 1024 -nointerpolate",
            listed=True,
            usual=False,
        ),
        Workload(
            "W6t1",
            "as W1, lysozyme, tricubic F",
            "-N 5 -detpixels 1024 -interpolate",
            listed=True,
            usual=False,
        ),
        Workload("W7", "512², N 60, oversample 4", "-N 60 -detpixels 512 -oversample 4"),
        Workload(
            "W8",
            "512², GAUSS, 3 sources, thick sensor",
            "-N 5 -detpixels 512 -gauss_xtal -hdivrange 1 -hdivsteps 3"
            " -detector_thick 450 -detector_abs 200 -detector_thicksteps 3",
        ),
    )
}


def named_workloads(names: Sequence[str]) -> list[Workload]:
    """Workloads by name; the usual ones for none.

    Raises:
        InvalidInput: there is no such workload.
    """
    known = {name.upper(): workload for name, workload in WORKLOADS.items()}
    unknown = [name for name in names if name.upper() not in known]
    if unknown:
        raise InvalidInput(
            f"there is no workload {unknown[0]!r}", remedy=f"Workloads: {', '.join(WORKLOADS)}"
        )
    return [known[name.upper()] for name in names] or [w for w in WORKLOADS.values() if w.usual]
