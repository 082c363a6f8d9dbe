"""Writing a bundle: a folder, or a zip file with the same content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from braggscope.api import MetricContribution, MetricResult, Run
from braggscope.api.tolerances import UNCHANGED
from braggscope.evidence.bundle import (
    COMMANDS,
    EXPERIMENT,
    FORMAT,
    MANIFEST,
    REPORT_PAGE,
    REPORT_TEXT,
    SIDES,
    TOLERANCES,
    Evidence,
    Picture,
    Put,
    Tell,
    image_name,
    mask_name,
    trace_name,
)
from braggscope.evidence.commands import commands_of, path_options
from braggscope.evidence.engines import put_engines
from braggscope.evidence.environment import environment
from braggscope.evidence.inputs import Inputs
from braggscope.evidence.packing import pack
from braggscope.evidence.records import (
    bounds_record,
    image_record,
    marks_record,
    metric_record,
    npy_of,
    trace_pieces,
)
from braggscope.evidence.report import html_report, markdown_report
from braggscope.experiment import Experiment
from braggscope.experiment.toml import experiment_to_toml
from braggscope.io.pictures import pictures
from braggscope.trace_files.tolerances import tolerances_to_toml
from braggscope.trace_files.writing import complete_lines

_CAPTIONS = {
    "a": "A, log scale",
    "b": "B, in the same scale",
    "difference": "B − A, symmetric about 0",
}


def write_bundle(
    evidence: Evidence, target: Path, tell: Tell = lambda fraction, what: None
) -> None:
    """Write a bundle; a zip file by its suffix, else a folder. It is there whole or not at all.

    Args:
        tell: told the share that is done; what it raises ends the work.

    Raises:
        InvalidInput: it cannot be written, a file of the experiment has changed meanwhile, or the
            folder holds other files.
    """
    pictured = evidence.pictures or _pictures(evidence)
    total = sum(image.data.nbytes for image in evidence.images)
    total += 0 if evidence.difference is None else evidence.difference.nbytes
    done = 0

    def check(size: int) -> None:
        nonlocal done
        done += size
        tell(min(1.0, done / (total + 1)), f"writing {target.name}")

    pack(target, lambda put: _fill(evidence, pictured, put), check)


def _pictures(evidence: Evidence) -> Mapping[str, Picture]:
    made = pictures(evidence.images, evidence.difference)
    captions = {**_CAPTIONS, "difference": evidence.difference_map[1]}
    return {name: Picture(png, captions[name]) for name, png in made.items()}


def _fill(evidence: Evidence, pictured: Mapping[str, Picture], put: Put) -> None:
    _put_runs(evidence, pictured, put)
    for name, picture in pictured.items():
        put(f"pictures/{name}.png", picture.png)
    for side, image in zip(SIDES, evidence.images, strict=True):
        put(image_name(side), *npy_of(image.data))
        if image.mask is not None:
            put(mask_name(side), *npy_of(image.mask))
    if evidence.difference is not None:
        put(image_name("difference"), *npy_of(evidence.difference))
    for pair in evidence.traces:
        for side, trace in zip(SIDES, pair, strict=True):
            # Both of one pixel lie side by side, whatever a log calls its own.
            name = trace_name(side, pair[0].pixel)
            put(name, *trace_pieces(trace))
            text = "\n".join(complete_lines(trace)) + "\n"
            put(name.replace(".json", ".txt"), text.encode())


def _put_runs(evidence: Evidence, pictured: Mapping[str, Picture], put: Put) -> None:
    inputs = Inputs(put)
    made_with = environment(evidence.images)
    a, _ = evidence.runs
    base = inputs.experiment(a.experiment)
    put(EXPERIMENT, experiment_to_toml(base, Path("/"), a.semantics).encode())
    runs = [
        _run_record(run, same_as=a.experiment, inputs=inputs, paths=path_options(evidence, run))
        for run in evidence.runs
    ]
    commands = commands_of(evidence, inputs)
    put(COMMANDS, f"#!/bin/sh\n{commands}\n".encode())
    put_engines(evidence, put)
    if evidence.tolerances != UNCHANGED:
        put(TOLERANCES, tolerances_to_toml(evidence.tolerances).encode())
    text = markdown_report(evidence, pictured, made_with, commands)
    put(REPORT_TEXT, text.encode())
    put(REPORT_PAGE, html_report(text).encode())
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "agrees": evidence.agrees,
        "reasons": list(evidence.reasons),
        "metrics": {
            name: {
                **_described(name, evidence.known.get(name)),
                **metric_record(result),
                "bounds": bounds_record(evidence.bounds.get(name)),
            }
            for name, result in evidence.metrics.items()
        },
        "region_metrics": {
            region: _metrics(found) for region, found in evidence.region_metrics.items()
        },
        "runs": dict(zip(SIDES, runs, strict=True)),
        "images": dict(zip(SIDES, map(image_record, evidence.images), strict=True)),
        "difference": None if evidence.difference is None else evidence.difference_map[0],
        "marks": marks_record(evidence.marks),
        "traces": [list(in_a.pixel) for in_a, _ in evidence.traces],
        "missing": list(evidence.missing),
        "environment": made_with,
    }
    put(MANIFEST, (json.dumps(manifest, indent=2, allow_nan=False) + "\n").encode())


def _described(name: str, known: MetricContribution | None) -> dict[str, str]:
    return {"title": known.title, "unit": known.unit} if known else {"title": name}


def _metrics(found: Mapping[str, MetricResult]) -> dict[str, Any]:
    return {name: metric_record(result) for name, result in found.items()}


def _run_record(
    run: Run, same_as: Experiment, inputs: Inputs, paths: frozenset[str]
) -> dict[str, Any]:
    """What makes the run again, on top of the bundle's experiment."""
    said = run.model_dump(mode="json", exclude={"experiment"})
    if run.experiment != same_as:
        base = inputs.experiment(run.experiment)
        said["experiment"] = experiment_to_toml(base, Path("/"))
    said["overrides"] = [[path, inputs.localised(value, path)] for path, value in said["overrides"]]
    said["options"] = [
        [name, inputs.localised({"path": value}, name) if name in paths and value else value]
        for name, value in said["options"]
    ]
    return said
