"""Writing a bundle: a folder, or a zip file with the same content."""

from __future__ import annotations

import hashlib
import io
import json
import math
import shlex
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Bounds, InvalidInput, Run
from braggscope.evidence.bundle import (
    CHECKSUMS,
    EXPERIMENT,
    FORMAT,
    MANIFEST,
    SIDES,
    Evidence,
    image_name,
    trace_name,
)
from braggscope.evidence.environment import environment
from braggscope.evidence.inputs import Inputs
from braggscope.evidence.report import html_report, markdown_report
from braggscope.experiment import Experiment
from braggscope.experiment.nanobragg_inputs import write_inputs
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope.experiment.toml import experiment_to_toml
from braggscope.io.pictures import pictures
from braggscope.trace_files.writing import complete_lines
from braggscope.whole_files import write_whole

#: Puts a file into the bundle under a name.
Put = Callable[[str, bytes], None]


def write_bundle(evidence: Evidence, target: Path) -> None:
    """Write a bundle; a zip file by its suffix, else a folder.

    The folder is made; files of an older bundle in it are replaced. A zip is written whole or not
    at all.

    Raises:
        InvalidInput: it cannot be written, or a file of the experiment has changed meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="braggscope-bundle-") as scratch:
        folder = Path(scratch)
        _fill(evidence, folder)
        try:
            if target.suffix.lower() == ".zip":
                _zip(folder, target)
            else:
                shutil.copytree(folder, target, dirs_exist_ok=True)
        except OSError as error:
            raise InvalidInput(
                f"cannot write the bundle {target}",
                why=error.strerror or str(error),
                remedy="Check the folder, its permissions and the free space",
            ) from error


def _zip(folder: Path, target: Path) -> None:
    def write(sink: Any) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())
        sink.write(content.getbuffer())

    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, write)


def _fill(evidence: Evidence, folder: Path) -> None:
    sums: dict[str, str] = {}

    def put(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sums[name] = hashlib.sha256(content).hexdigest()

    inputs = Inputs(put)
    _put_runs(evidence, inputs, put)
    for name, picture in pictures(evidence.images, evidence.difference).items():
        put(f"pictures/{name}.png", picture)
    arrays = [image.data for image in evidence.images]
    for side, array in zip((*SIDES, "difference"), (*arrays, evidence.difference), strict=True):
        if array is not None:
            put(image_name(side), _npy(array))
    for pair in evidence.traces:
        for side, trace in zip(SIDES, pair, strict=True):
            name = trace_name(side, trace)
            put(name, json.dumps(trace.to_dict(), allow_nan=False).encode())
            text = "\n".join(complete_lines(trace)) + "\n"
            put(name.replace(".json", ".txt"), text.encode())
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    put(CHECKSUMS, listed.encode())


def _put_runs(evidence: Evidence, inputs: Inputs, put: Put) -> None:
    made_with = environment(evidence.images)
    a, b = evidence.runs
    base = inputs.experiment(a.experiment)
    put(EXPERIMENT, experiment_to_toml(base, Path("/"), a.semantics).encode())
    runs = [_run_record(run, same_as=a.experiment, inputs=inputs) for run in evidence.runs]
    commands = "\n".join(
        _commands(run, letter, inputs) for letter, run in zip("AB", (a, b), strict=True)
    )
    put("commands.sh", f"#!/bin/sh\n{commands}\n".encode())
    text = markdown_report(evidence, made_with, commands)
    put("report.md", text.encode())
    put("report.html", html_report(text).encode())
    manifest = {
        "format": FORMAT,
        "agrees": evidence.agrees,
        "reasons": list(evidence.reasons),
        "metrics": {
            name: {
                "value": _number(result.value),
                "note": result.note,
                "pixel": None if result.pixel is None else list(result.pixel),
                "bounds": _bounds(evidence.bounds.get(name)),
            }
            for name, result in evidence.metrics.items()
        },
        "runs": dict(zip(SIDES, runs, strict=True)),
        "images": {
            side: {
                "sha256": _digest(image.data),
                "shape": list(image.shape),
                "dtype": str(image.data.dtype),
                "masked": None if image.mask is None else int(image.mask.sum()),
            }
            for side, image in zip(SIDES, evidence.images, strict=True)
        },
        "environment": made_with,
    }
    put(MANIFEST, (json.dumps(manifest, indent=2, allow_nan=False) + "\n").encode())


def _run_record(run: Run, same_as: Experiment, inputs: Inputs) -> dict[str, Any]:
    """What makes the run again, on top of the bundle's experiment."""
    said = run.model_dump(mode="json", exclude={"experiment"})
    if run.experiment != same_as:
        base = inputs.experiment(run.experiment)
        said["experiment"] = experiment_to_toml(base, Path("/"))
    said["overrides"] = [[path, inputs.localised(value, path)] for path, value in said["overrides"]]
    return said


def _commands(run: Run, letter: str, inputs: Inputs) -> str:
    """The run as a command line, for the bundle's folder; files that it needs are put there."""
    experiment = run.effective_experiment
    own = run.engine != "nanobragg-c" or bool(run.semantics.model_dump(exclude_defaults=True))
    try:
        with tempfile.TemporaryDirectory(prefix="braggscope-bundle-") as scratch:
            folder = Path(scratch)
            names = {
                key: inputs.copied(folder / name, f"{letter.lower()}_")
                for key, name in write_inputs(experiment, run.setup, folder).items()
            }
        flags = flags_of(experiment, semantics=run.semantics, own_program=own, **names)
    except InvalidInput as error:
        return f"# {letter} cannot be said in nanoBragg's flags: {error}"
    return f"# {letter} ({run.engine})\nnanoBragg {shlex.join(flags)}"


def _npy(array: NDArray[np.generic]) -> bytes:
    content = io.BytesIO()
    np.save(content, np.asarray(array), allow_pickle=False)
    return content.getvalue()


def _digest(array: NDArray[np.generic]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def _number(value: float | None) -> float | str | None:
    """A number as JSON holds it."""
    return value if value is None or math.isfinite(value) else str(value)


def _bounds(bounds: Bounds | None) -> dict[str, float | str | None] | None:
    if bounds is None:
        return None
    return {"lower": _number(bounds.lower), "upper": _number(bounds.upper)}
