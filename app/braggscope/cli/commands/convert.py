"""`braggscope convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.openable import OPENABLE, is_image


@guarded
def command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write, by its suffix.")],
    base: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--base", help="File that says the rest, such as an MTZ for an .expt."),
    ] = None,
    image: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--image", help="Image of a scan. Default: the first."),
    ] = None,
    panel: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--panel", help="Detector panel, from 0. Default: the first."),
    ] = None,
    column: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--column", help="Column of amplitudes or intensities."),
    ] = None,
    resolution: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--resolution", min=0.1, help="For a model's structure factors, Å."),
    ] = None,
) -> None:
    """Turn an experiment, or an image, into another format and say what is lost on the way."""
    from braggscope.cli.convert import convert_file
    from braggscope.experiment.dialects import Choice

    choice = Choice(image, panel, column, resolution)
    if is_image(source) and not target.name.lower().endswith(OPENABLE):
        from braggscope.cli.convert_image import convert_image, converts_image

        if converts_image(source, target) and convert_image(source, target, base, choice):
            return
    convert_file(source, target, base, choice)
