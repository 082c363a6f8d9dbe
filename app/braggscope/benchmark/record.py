"""A benchmark as a file, and against the one before on the same machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import platformdirs

from braggscope import __version__
from braggscope.benchmark.measuring import Measurement
from braggscope.errors import InvalidInput
from braggscope.whole_files import write_text

_FOLDER_VARIABLE: Final = "BRAGGSCOPE_BENCHMARK_DIR"


def record_of(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """Plain data of a benchmark, with date and machine."""
    rows = []
    for one in measurements:
        row = asdict(one)
        if not one.problem:
            row |= {"median_s": one.median_s, "ns_per_step": one.ns_per_step}
        rows.append(row)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "braggscope": __version__,
        "machine": machine(),
        "measurements": rows,
    }


def machine() -> dict[str, Any]:
    """What the times belong to."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "load": load,
    }


def latest_path() -> Path:
    """Where the last benchmark on this machine is kept."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    place = Path(folder) if folder else platformdirs.user_data_path("braggscope") / "benchmarks"
    return place / "latest.json"


def read_times(path: Path) -> dict[tuple[str, str], float]:
    """(workload, engine) -> ns per step of a benchmark that was kept; nothing if it is not read."""
    return {name: float(row["ns_per_step"]) for name, row in _rows(path).items()}


def with_earlier(record: dict[str, Any], path: Path) -> dict[str, Any]:
    """A benchmark, and of the one kept in a file what it did not measure itself."""
    again = {(row["workload"], row["engine"]) for row in record["measurements"]}
    earlier = [row for name, row in _rows(path).items() if name not in again]
    return record | {"measurements": [*record["measurements"], *earlier]}


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


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write a benchmark.

    Raises:
        InvalidInput: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot make the folder {path.parent}", why=str(error)) from error
    write_text(path, json.dumps(record, indent=2, allow_nan=False) + "\n")
