"""`braggscope explain --map`: the survey as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from braggscope.api import InvalidInput, Run
from braggscope.explain.sampling import Flags, counted_pixels
from braggscope.explain.start import Beginnings
from braggscope.explain.survey_files import survey_csv, survey_report, survey_svg
from braggscope.host.host import Host
from braggscope.whole_files import write_text

KINDS: Final = (".png", ".svg", ".csv", ".json")


def check_map_file(path: Path, samples: int) -> None:
    """Refuse early what could only be refused after minutes of tracing.

    Raises:
        InvalidInput: the ending says nothing, or no pixel is to be traced.
    """
    if path.suffix.lower() not in KINDS:
        raise InvalidInput(
            f"--map {path}: the ending does not say what to write",
            remedy=f"End the name with one of {' '.join(KINDS)}",
        )
    if samples < 1:
        raise InvalidInput(
            "--map needs traced pixels", why="--samples is 0", remedy="Give it a number of pixels"
        )


def write_map(
    found: Beginnings, host: Host, runs: tuple[Run, Run], path: Path, inside: Flags | None
) -> None:
    """Write what was found as picture, table or data, as the name's ending says.

    Args:
        inside: as in `braggscope.explain.sampling.Plan`.

    Raises:
        InvalidInput: the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        write_text(path, survey_csv(found))
        return
    if kind == ".json":
        write_text(path, json.dumps(survey_report(found), indent=1, allow_nan=False) + "\n")
        return
    title = " · ".join(f"{side} {run.engine}" for side, run in zip("AB", runs, strict=True))
    images = [host.render(run).result() for run in runs]
    svg = survey_svg(found, images[0].shape, title, counted_pixels(images[0], images[1], inside))
    if kind == ".svg":
        write_text(path, svg)
        return
    from braggscope.ui.svg import write_png

    write_png(svg, path)
