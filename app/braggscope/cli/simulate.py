"""`braggscope simulate`: one image."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from braggscope.api.semantics import semantics_text
from braggscope.cli.inputs import Side, make_run, open_host, read_said
from braggscope.cli.progress import wait_for
from braggscope.io.images import check_image_path, write_image


def simulate_to_file(experiment: Path | None, flags: str | None, side: Side, output: Path) -> None:
    """Render a run and write its image."""
    said, semantics = read_said(experiment, flags)
    run = make_run(said, side, semantics)
    check_image_path(output)
    with open_host() as host:
        image = wait_for(lambda progress: host.render(run, on_progress=progress), run.engine)
        lost = write_image(image, output)
    origin = image.provenance
    console = Console()
    if named := semantics_text(run.semantics):
        console.print(f"semantics: {named}", highlight=False)
    for note in origin.notes:
        console.print(f"note: {note}")
    for part in lost:
        console.print(f"not held: {part}", highlight=False)
    console.print(
        f"{output}: {image.shape[0]} × {image.shape[1]} (slow × fast) {image.data.dtype},"
        f" {run.engine} {origin.precision}, {origin.wall_time_s:.2f} s"
    )
