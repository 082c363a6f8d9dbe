"""Measurements that nobody has to wait for."""

from __future__ import annotations

from braggscope.api import Limit
from braggscope.benchmark.measuring import Measurement, Verdict
from braggscope.benchmark.session import Outcome


def measurement(
    workload: str = "W4", engine: str = "torch-cpu", ns: float = 1.0, **more: object
) -> Measurement:
    """10⁶ steps at so many ns each."""
    said = {"title": "a title", "device": "a processor", "steps": 10**6, "warm_s": (ns / 1e3,)}
    return Measurement(workload, engine, **{**said, **more})  # type: ignore[arg-type]


def outcome() -> Outcome:
    """Two workloads on two engines, and a series."""
    limit = Limit(6e7, 6e10, 8e5, 2e10)
    found = [
        measurement("W1", "nanobragg-c", 200.0, cold_s=1.0),
        measurement("W1", ns=20.0, cold_s=0.5, error=1e-10, limit=limit, peak_bytes=10**8),
        measurement("W4", "nanobragg-c", 50.0),
        measurement("W4", ns=2.0, limit=limit, verdict=Verdict(True, 1.0, 1.0, ("holds",))),
        Measurement("W4", "broken", problem="it broke"),
    ]
    points = [(n, [measurement(f"{n} steps", ns=10.0 / n, limit=limit)]) for n in (1, 10)]
    return Outcome(found, {"steps": points})
