"""A benchmark as a file, and the one before on the same machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import platformdirs

from braggscope import __version__
from braggscope.api import Limit
from braggscope.benchmark.measuring import Measurement, Verdict
from braggscope.benchmark.session import Outcome, with_best_rates
from braggscope.errors import InvalidInput
from braggscope.host.guarded import describe
from braggscope.whole_files import write_text

#: (workload, engine) -> ns per step
Times = Mapping[tuple[str, str], float]
_FOLDER_VARIABLE: Final = "BRAGGSCOPE_BENCHMARK_DIR"
_DERIVED: Final = ("median_s", "ns_per_step", "share")


def record_of(outcome: Outcome, before: Times | None = None) -> dict[str, Any]:
    """Plain data of a benchmark, with date and machine.

    Args:
        before: ns per step of the benchmark before.
    """
    names = [(one.workload, one.engine) for one in outcome.measurements]
    best = iter(with_best_rates(outcome.all_measurements))
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "braggscope": __version__,
        "machine": machine(),
        "before": [
            {"workload": name[0], "engine": name[1], "ns_per_step": before[name]}
            for name in names
            if before and name in before
        ],
        "measurements": [_row(next(best)) for _ in outcome.measurements],
        "scaling": {
            name: [
                {"value": value, "measurements": [_row(next(best)) for _ in found]}
                for value, found in points
            ]
            for name, points in outcome.scaling.items()
        },
    }


def _row(one: Measurement) -> dict[str, Any]:
    row = asdict(one)
    if not one.problem:
        row |= {name: getattr(one, name) for name in _DERIVED}
    return row


def outcome_of(record: Mapping[str, Any]) -> Outcome:
    """The measurements in a record.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return Outcome(
            [_measurement(row) for row in record["measurements"]],
            {
                str(name): [
                    (int(point["value"]), [_measurement(row) for row in point["measurements"]])
                    for point in points
                ]
                for name, points in record.get("scaling", {}).items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput("this is no benchmark", why=describe(error)) from error


def before_of(record: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """What a benchmark was held against: (workload, engine) -> ns per step."""
    return {
        (row["workload"], row["engine"]): float(row["ns_per_step"])
        for row in record.get("before", ())
    }


def _measurement(row: Mapping[str, Any]) -> Measurement:
    said = {name: value for name, value in row.items() if name not in _DERIVED}
    limit, verdict = said.get("limit"), said.get("verdict")
    said |= {name: tuple(said.get(name, ())) for name in ("warm_s", "notes")}
    said["limit"] = None if limit is None else Limit(**limit)
    if verdict is not None:
        verdict = Verdict(**{**verdict, "reasons": tuple(verdict["reasons"])})
    return Measurement(**{**said, "verdict": verdict})


def machine() -> dict[str, Any]:
    """What the times belong to."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "load": load,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def latest_path() -> Path:
    """Where the last benchmark on this machine is kept."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    place = Path(folder) if folder else platformdirs.user_data_path("braggscope") / "benchmarks"
    return place / "latest.json"


def read_record(path: Path) -> dict[str, Any]:
    """A benchmark that was written.

    Raises:
        InvalidInput: the file cannot be read, or holds none.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"cannot read {path}", why=str(error)) from error
    try:
        outcome_of(record)
    except InvalidInput as error:
        raise InvalidInput(f"{path} holds no benchmark", why=error.why) from error
    return dict(record)


def read_times(path: Path) -> dict[tuple[str, str], float]:
    """(workload, engine) -> ns per step of a benchmark that was kept; nothing if it is not read."""
    return {name: float(row["ns_per_step"]) for name, row in _rows(path).items()}


def with_earlier(record: dict[str, Any], path: Path) -> dict[str, Any]:
    """A benchmark, and of the one kept in a file what it did not measure itself."""
    again = {(row["workload"], row["engine"]) for row in record["measurements"]}
    earlier = [row for name, row in _rows(path).items() if name not in again]
    rows = {"measurements": [*record["measurements"], *earlier]}
    return record | rows | {"scaling": {**_scaling(path), **record["scaling"]}}


def _scaling(path: Path) -> dict[str, Any]:
    """The series in a file."""
    try:
        return dict(read_record(path).get("scaling", {}))
    except InvalidInput:
        return {}


def _rows(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The measurements in a file by workload and engine; those that failed are left out."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return {
            (str(row["workload"]), str(row["engine"])): row
            for row in said["measurements"]
            if float(row.get("ns_per_step", 0.0)) > 0.0
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def keep(record: dict[str, Any]) -> None:
    """Keep a benchmark for the next time on this machine.

    Raises:
        InvalidInput: the file cannot be written.
    """
    write_record(with_earlier(record, latest_path()), latest_path())


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write a benchmark.

    Raises:
        InvalidInput: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot make the folder {path.parent}", why=str(error)) from error
    write_text(path, json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def titled(record: Mapping[str, Any]) -> str:
    """Date, machine with its measured rates, and load of a benchmark, in one line."""
    said, outcome = record["machine"], outcome_of(record)
    load = said.get("load")
    parts = [
        str(record["date"])[:10],
        f"{said['processors']} × {said['processor']}",
        *_rates(outcome),
        "" if load is None else f"load {load:.1f} at the end",
        f"Braggscope {record['braggscope']}",
    ]
    return "; ".join(part for part in parts if part)


def _rates(outcome: Outcome) -> list[str]:
    """Devices with their measured rates; those on fewer threads than there are left out."""
    whole = [
        one
        for name, points in outcome.scaling.items()
        if name != "threads"
        for _, found in points
        for one in found
    ]
    measured = [*outcome.measurements, *whole]
    told = {one.device: one.limit for one in measured if one.limit is not None}
    return [
        f"{device}: {limit.operations_per_s / 1e9:.1f}·10⁹ fused multiply-adds/s,"
        f" {limit.bytes_per_s / 1e9:.0f} GB/s"
        for device, limit in told.items()
    ]
