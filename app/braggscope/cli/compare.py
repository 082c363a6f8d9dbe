"""`braggscope compare`: two runs, one verdict."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from braggscope import __version__
from braggscope.api import (
    Bounds,
    DetectorImage,
    ImageRegion,
    MetricContribution,
    MetricResult,
    Run,
)
from braggscope.api.run import differences
from braggscope.api.semantics import semantics_text, unlike_nanobragg
from braggscope.cli import pictures
from braggscope.cli.evidence import keep_evidence
from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED
from braggscope.cli.inputs import (
    Side,
    make_run,
    open_host,
    parse_bounds,
    parse_regions,
    read_said,
    tolerances_of,
)
from braggscope.cli.paper import Paper
from braggscope.cli.progress import wait_for
from braggscope.cli.tables import Sheet
from braggscope.errors import InvalidInput
from braggscope.evidence.packing import check_target
from braggscope.experiment.plain_text import pair_texts
from braggscope.experiment.reflections import with_chosen_column
from braggscope.experiment.toml import save_experiment
from braggscope.host.host import Analysis, Host
from braggscope.host.noise_floor import Floor, NoiseFloor, floor_of
from braggscope.host.verdict import holds
from braggscope.whole_files import check_writable, write_text

_DIFFERENCE_MAP = "b_minus_a"
_METRICS, _SUMMARY, _EXPERIMENT = "metrics.json", "summary.txt", "experiment.toml"


@dataclass(frozen=True)
class Wishes:
    """What to find out, as it was said.

    Attributes:
        bounds: `metric=lower:upper`.
        regions: `NAME=shape`.
        noise_floor: whether each engine is held against itself too.
        output: folder for the evidence.
        bundle: folder or .zip for a bundle that can be verified.
        tolerances: a file of those that judge the bundle's traces; None: the profiles' own.
    """

    bounds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    noise_floor: bool = False
    output: Path | None = None
    bundle: Path | None = None
    tolerances: Path | None = None


@dataclass(frozen=True)
class _Report:
    """All that is printed and written."""

    runs: Sequence[Run]
    images: tuple[DetectorImage, DetectorImage]
    found: Analysis
    metrics: Mapping[str, MetricContribution]
    bounds: Mapping[str, Bounds]
    regions: tuple[ImageRegion, ...]
    floors: tuple[NoiseFloor, ...]

    def floor(self, metric: str) -> Floor | None:
        """The noise floor of a metric, where it was measured."""
        return floor_of(self.floors, metric, self.metrics[metric].format)


def compare_runs(
    experiment_file: Path | None, flags: str | None, a: Side, b: Side, wishes: Wishes
) -> int:
    """Run A and B, print the verdict, write the evidence; gives the exit status."""
    experiment, semantics = read_said(experiment_file, flags)
    runs = [make_run(experiment, side, semantics) for side in (a, b)]
    given_bounds, regions = parse_bounds(wishes.bounds), parse_regions(wishes.regions)
    output, bundle = wishes.output, wishes.bundle
    if wishes.tolerances is not None and bundle is None:
        raise InvalidInput(
            "--tolerances has no effect without --bundle",
            why="they judge traces, and only a bundle holds those",
            remedy="Add --bundle FILE.zip; --bound judges the images",
        )
    tolerances = tolerances_of(wishes.tolerances)
    if output is not None:
        _prepare_folder(output)
    if bundle is not None:
        check_target(bundle)
    with open_host() as host:
        metrics = host.registry.metrics()
        bounds = {**{m.id: m.bounds for m in metrics.values() if m.bounds}, **given_bounds}
        unknown = sorted(set(given_bounds) - set(metrics))
        if unknown:
            raise InvalidInput(
                f"there is no metric {unknown[0]}", remedy=f"Metrics: {', '.join(metrics)}"
            )
        for name, limit in given_bounds.items():
            metrics[name].check(limit)
        images = _render(host, runs[0], "A"), _render(host, runs[1], "B")
        shown = _DIFFERENCE_MAP if _DIFFERENCE_MAP in host.registry.difference_maps() else None
        found = host.analyse(*images, difference=shown, bounds=bounds, regions=regions).result()
        floors = _noise_floors(host, runs, images) if wishes.noise_floor else ()
        report = _Report(runs, images, found, metrics, bounds, regions, floors)
        _print_report(report)
        if output is not None:
            _write_evidence(output, report)
        if bundle is not None:
            keep_evidence(
                host, runs, images, found, metrics, bounds, bundle, report.regions, tolerances
            )
    return status_of(found)


def status_of(found: Analysis) -> int:
    """The exit status; without a verdict, because what decides it failed, that of a failure."""
    if found.agrees is None and found.reasons:
        return ENGINE_FAILED
    return AGREES if found.agrees else DIFFERS


def _render(host: Host, run: Run, letter: str) -> DetectorImage:
    title = f"{letter}: {run.engine}"
    return wait_for(lambda progress: host.render(run, on_progress=progress), title)


def _sum(image: DetectorImage) -> float:
    """Of the pixels that count: gaps of a detector hold numbers that are none."""
    counted = image.data if image.mask is None else image.data[~image.mask]
    return float(np.sum(counted, dtype=np.float64))


def _noise_floors(
    host: Host, runs: Sequence[Run], images: tuple[DetectorImage, DetectorImage]
) -> tuple[NoiseFloor, ...]:
    """The noise floor of each run; of one alone where both are the same."""
    made = dict(zip(reversed(runs), reversed(images), strict=True))
    return tuple(
        wait_for(
            partial(host.noise_floor, run, made[run]),
            f"noise floor: {run.engine}",
        )
        for run in dict.fromkeys(runs)
    )


def _prepare_folder(folder: Path) -> None:
    """Make it, and refuse before both runs what could not be written after them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot make the folder {folder}", why=error.strerror or "") from error
    for name in (_METRICS, _SUMMARY, _EXPERIMENT, *pictures.NAMES):
        check_writable(folder / name)


def _print_report(report: _Report) -> None:
    console = Paper()
    runs, found = report.runs, report.found
    for letter, run, image in zip("AB", runs, report.images, strict=True):
        origin = image.provenance
        console.print(
            f"{letter}  {run.engine}  {origin.precision}  {origin.device}"
            f"  {origin.wall_time_s:.2f} s  sum {_sum(image):.6g}",
            highlight=False,
        )
        if named := semantics_text(run.semantics):
            console.print(f"   semantics: {named}", highlight=False)
        for note in origin.notes:
            console.print(f"   note: {note}", highlight=False)
    for name, in_a, in_b in differences(*runs):
        said_a, said_b = pair_texts(in_a, in_b)
        console.print(f"differs: {name}: A {said_a}, B {said_b}", highlight=False, markup=False)
    _metric_table(report).show(console)
    if report.regions:
        _region_table(report).show(console)
    for region, fault in found.region_faults.items():
        why = fault.partition("\n")[0]
        console.print(f"region {region}: {why}", style="red", markup=False)
    for floor in report.floors:
        _print_floor(console, floor)
    for metric_id, fault in found.faults.items():
        why = fault.partition("\n")[0]
        console.print(f"{metric_id} failed: {why}", style="red", markup=False)
    style = "bold green" if found.agrees else "bold red"
    console.print(verdict_text(found), style=style, markup=False)


def verdict_text(found: Analysis) -> str:
    """The verdict in one line."""
    if found.agrees is None:
        return "NO VERDICT: " + ("; ".join(found.reasons) or "no metric decides")
    return ("AGREES" if found.agrees else "DOES NOT AGREE") + ": " + "; ".join(found.reasons)


def _metric_table(report: _Report) -> Sheet:
    heads = ["metric", "value", "bounds", "", "pixel (slow, fast)", "note"]
    if report.floors:
        heads.insert(2, "noise floor")
    table = Sheet(*heads)
    for metric_id, result in report.found.metrics.items():
        known = report.metrics[metric_id]
        limit = report.bounds.get(metric_id)
        holding = limit is None or holds(limit, result, report.found.identical)
        cells = [
            known.title,
            _value(known, result),
            str(limit) if limit else "",
            "" if limit is None else "✓" if holding else "✗",
            _place(result),
            result.note,
        ]
        if report.floors:
            floor = report.floor(metric_id)
            cells.insert(2, "" if floor is None else f"{floor.deviation:.2g}")
        table.add(*cells)
    return table


def _region_table(report: _Report) -> Sheet:
    """One row a metric, one column a region."""
    names = [r.name for r in report.regions if r.name in report.found.regions]
    table = Sheet("metric", "whole image", *names)
    for metric_id, result in report.found.metrics.items():
        known = report.metrics[metric_id]
        cells = []
        for name in names:
            there = report.found.regions[name].get(metric_id)
            cells.append("failed" if there is None else _with_place(known, there))
        table.add(known.title, _with_place(known, result), *cells)
    return table


def _with_place(metric: MetricContribution, result: MetricResult) -> str:
    place = _place(result)
    return _value(metric, result) + (f" at {place}" if place else "")


def _value(metric: MetricContribution, result: MetricResult) -> str:
    return "undefined" if result.value is None else format(result.value, metric.format)


def _place(result: MetricResult) -> str:
    return f"{result.pixel.slow}, {result.pixel.fast}" if result.pixel else ""


def _print_floor(console: Console, floor: NoiseFloor) -> None:
    """Which variants the noise floor of an engine comes from."""
    done = [variant.title for variant in floor.variants if not variant.problem]
    text = f"noise floor of {floor.engine}: {', '.join(done) or 'not measured'}"
    console.print(text, highlight=False, markup=False)
    for variant in floor.variants:
        if variant.problem:
            why = f"{floor.engine}, {variant.title}: {variant.problem}"
            console.print(why, style="red", markup=False)


def _write_evidence(folder: Path, report: _Report) -> None:
    text = json.dumps(_evidence(report), indent=2, allow_nan=False)
    write_text(folder / _METRICS, text + "\n")
    write_text(folder / _SUMMARY, verdict_text(report.found) + "\n")
    said = with_chosen_column(report.runs[0].experiment)
    save_experiment(said, folder / _EXPERIMENT, report.runs[0].semantics)
    pictures.write_pictures(folder, report.images, report.found.difference)


def _evidence(report: _Report) -> dict[str, Any]:
    found, runs = report.found, report.runs
    return {
        "braggscope": __version__,
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "agrees": found.agrees,
        "identical": found.identical,
        "reasons": list(found.reasons),
        "metrics": {
            name: {
                **_result_report(result),
                "bounds": _bounds_report(report.bounds.get(name)),
                **_floor_report(report.floor(name)),
            }
            for name, result in found.metrics.items()
        },
        "faults": dict(found.faults),
        "regions": [
            {
                **region.model_dump(mode="json"),
                "fault": found.region_faults.get(region.name),
                "metrics": {
                    name: _result_report(result)
                    for name, result in found.regions.get(region.name, {}).items()
                },
            }
            for region in report.regions
        ],
        "differences": [
            {"name": name, **dict(zip("ab", pair_texts(in_a, in_b), strict=True))}
            for name, in_a, in_b in differences(*runs)
        ],
        "runs": {
            letter: _run_report(run, image)
            for letter, run, image in zip("AB", runs, report.images, strict=True)
        },
    }


def _result_report(result: MetricResult) -> dict[str, Any]:
    report: dict[str, Any] = {
        "value": plain(result.value),
        "note": result.note,
        "pixel": list(result.pixel) if result.pixel else None,
    }
    if result.places:
        report["places"] = [
            {"pixel": list(place.pixel), "value": plain(place.value), "note": place.note}
            for place in result.places
        ]
    return report


def _floor_report(floor: Floor | None) -> dict[str, Any]:
    if floor is None:
        return {}
    return {"noise_floor": {"deviation": plain(floor.deviation), "of": list(floor.lines)}}


def _bounds_report(bounds: Bounds | None) -> dict[str, Any] | None:
    if bounds is None:
        return None
    return {"lower": plain(bounds.lower), "upper": plain(bounds.upper)}


def _run_report(run: Run, image: DetectorImage) -> dict[str, Any]:
    origin = image.provenance
    return {
        "engine": run.engine,
        "engine_version": origin.engine_version,
        "options": dict(run.options),
        "overrides": {path: plain(value) for path, value in run.overrides},
        "semantics": run.semantics.model_dump(),
        "semantics_unlike_nanobragg": unlike_nanobragg(run.semantics),
        "device": origin.device,
        "precision": origin.precision,
        "wall_time_s": origin.wall_time_s,
        "peak_memory_bytes": origin.peak_memory_bytes,
        "overlapped": origin.overlapped,
        "command": list(origin.command),
        "notes": list(origin.notes),
        "shape": list(image.shape),
        "sum": plain(_sum(image)),
    }


def plain(value: Any) -> Any:
    """A value that JSON can hold: numbers that are not finite become text."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | str | bool | None) else str(value)
