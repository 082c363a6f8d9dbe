"""`braggscope convert`: an experiment from one format to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import typer

from braggscope.cli.inputs import tell
from braggscope.experiment.dialects import (
    Choice,
    Imported,
    apply,
    check_name,
    export_file,
    merge,
    read_file,
)

#: Formats that hold no structure factors, and those of them that hold no crystal either.
_WITHOUT_FACTORS: Final = (".expt", ".mat", ".img", ".smv", ".cbf")
_WITHOUT_CRYSTAL: Final = (".img", ".smv", ".cbf")
#: Formats that say beam and detector whether the source does or not.
_WITH_DETECTOR: Final = (".expt", *_WITHOUT_CRYSTAL)


def convert_file(source: Path, target: Path, base: Path | None, choice: Choice) -> None:
    """Read, join with the base, write; say what was understood and what was lost."""
    check_name(target)
    imported = read_file(source, choice)
    if base is not None:
        imported = merge(read_file(base, choice), imported)
    tell((*imported.notes, *_made_up(imported, target)), ())
    stand_in = _stand_in(imported, target)
    crystal = {**imported.fields.get("crystal", {}), **stand_in}
    whole = apply(None, replace(imported, fields={**imported.fields, "crystal": crystal}))
    exported = export_file(whole, target)
    invented = tuple(f"crystal.{name}" for name in stand_in)
    lost = [*imported.lost, *(part for part in exported.lost if not part.startswith(invented))]
    for part in lost:
        typer.echo(f"lost: {part}")
    typer.echo(f"{target}: written" + ("" if lost else ", nothing was lost"))


def _stand_in(imported: Imported, target: Path) -> dict[str, Any]:
    """What an experiment needs, the source does not say and the target does not hold."""
    suffix = target.suffix.lower()
    needed: dict[str, Any] = {}
    said = {**imported.offered.get("crystal", {}), **imported.fields.get("crystal", {})}
    if suffix in _WITHOUT_FACTORS and not ({"structure_factors", "default_F"} & set(said)):
        needed["default_F"] = 1.0
    if suffix in _WITHOUT_CRYSTAL and not ({"cell", "matrix"} & set(said)):
        needed["cell"] = {"a_A": 100.0, "b_A": 100.0, "c_A": 100.0}
    return needed


def _made_up(imported: Imported, target: Path) -> tuple[str, ...]:
    """What the target will say though nothing said it: nanoBragg's defaults."""
    suffix = target.suffix.lower()
    missing = []
    if suffix in _WITH_DETECTOR and not imported.fields.get("detector"):
        missing.append("the detector")
    said = {**imported.offered.get("beam", {}), **imported.fields.get("beam", {})}
    if suffix in (*_WITH_DETECTOR, ".mat", ".mtz", ".cif", ".mmcif") and "wavelength_A" not in said:
        missing.append("the wavelength")
    if not missing:
        return ()
    return (
        f"{imported.name} says nothing of {' and of '.join(missing)}:"
        f" {target.name} gets nanoBragg's defaults; --base would say better",
    )
