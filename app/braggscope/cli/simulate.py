"""`braggscope simulate`: one image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from braggscope.cli.inputs import make_run, open_host, read_said
from braggscope.cli.progress import wait_for
from braggscope.io.images import check_image_path, write_image


def simulate_to_file(
    experiment: Path | None, flags: str, engine: str, overrides: Sequence[str], output: Path
) -> None:
    """Render a run and write its image."""
    said, semantics = read_said(experiment, flags)
    run = make_run(said, engine, overrides, semantics)
    check_image_path(output)
    with open_host() as host:
        image = wait_for(lambda progress: host.render(run, on_progress=progress), run.engine)
        write_image(image.data, output)
    origin = image.provenance
    console = Console()
    for note in origin.notes:
        console.print(f"note: {note}")
    console.print(
        f"{output}: {image.shape[0]} × {image.shape[1]} (slow × fast) {image.data.dtype},"
        f" {run.engine} {origin.precision}, {origin.wall_time_s:.2f} s"
    )
