"""`braggscope convert` from one image format to another: pixels, mask and geometry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import typer

from braggscope.api import DetectorImage, Run
from braggscope.cli.inputs import open_host, tell
from braggscope.cli.progress import wait_for
from braggscope.errors import BraggscopeError, InvalidInput, ShapeMismatch
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import (
    Choice,
    Imported,
    apply,
    is_hdf5,
    merge,
    read_file,
)
from braggscope.host.host import Host
from braggscope.io.images import FORMATS, check_image_path, write_image
from braggscope.openable import is_image, with_geometry

_ENGINE: Final = "file"
#: Stands for a crystal: images hold none.
_CRYSTAL: Final = {"cell": {"a_A": 100.0, "b_A": 100.0, "c_A": 100.0}, "default_F": 1.0}


def converts_image(source: Path, target: Path) -> bool:
    """Whether both names are images'."""
    written = {suffix for format_ in FORMATS for suffix in format_.suffixes}
    return is_image(source) and target.suffix.lower() in written


def convert_image(source: Path, target: Path, base: Path | None, choice: Choice) -> bool:
    """Read pixels, write them, say what was lost; False where the source has a header alone.

    Raises:
        InvalidInput: the source cannot be read, or the target not be written.
    """
    check_image_path(target)
    said = _geometry(source, base, choice)
    try:
        with open_host() as host:
            image = _read(host, source, said, choice)
    except InvalidInput as error:
        if not with_geometry(source) or said is None:
            raise
        tell([f"only the header is converted: {error}"], ())
        return False
    for note in image.provenance.notes[1:]:
        typer.echo(f"note: {note}", err=True)
    lost = write_image(image, target)
    for part in lost:
        typer.echo(f"lost: {part}")
    shape = " × ".join(map(str, image.shape))
    typer.echo(f"{target}: {shape} pixels written" + ("" if lost else ", nothing was lost"))
    return True


def _geometry(source: Path, base: Path | None, choice: Choice) -> Experiment | None:
    """What header and base say; None when neither says anything."""
    imported: Imported | None = None if base is None else read_file(base, choice)
    if with_geometry(source):
        try:
            imported = merge(imported, read_file(source, choice))
        except InvalidInput as error:
            # Images in HDF5 need not say where the detector stood.
            if not is_hdf5(source):
                raise
            tell([f"no geometry taken: {error.what}"], ())
    if imported is None:
        return None
    tell(imported.notes, ())
    fields: dict[str, Any] = {**imported.fields}
    fields["crystal"] = {**_CRYSTAL, **fields.get("crystal", {})}
    return apply(None, replace(imported, fields=fields))


def _read(host: Host, source: Path, said: Experiment | None, choice: Choice) -> DetectorImage:
    options = {"path": str(source.absolute())}
    if choice.image is not None:
        options["frame"] = str(choice.image)
    experiment = said or Experiment.build({"crystal": _CRYSTAL})
    try:
        image = _render(host, experiment, options)
    except ShapeMismatch as error:
        if said is not None:
            raise
        shape = dict(zip(("slow", "fast"), error.shape, strict=True))
        size = {f"detector.pixels_{axis}": count for axis, count in shape.items()}
        image = _render(host, experiment.with_overrides(size), options)
    except BraggscopeError as error:
        if said is None and source.suffix.lower() == ".bin":
            error.remedy = "Say the detector's shape with --base EXPERIMENT"
        raise
    if said is None:
        # Nobody said where the detector stood: the target must not say it either.
        return replace(image, provenance=replace(image.provenance, run=None))
    return image


def _render(host: Host, experiment: Experiment, options: dict[str, str]) -> DetectorImage:
    run = Run(experiment=experiment, engine=_ENGINE, options=tuple(sorted(options.items())))
    return wait_for(lambda progress: host.render(run, on_progress=progress), _ENGINE)
