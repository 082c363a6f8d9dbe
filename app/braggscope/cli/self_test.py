"""`braggscope self-test`: does this installation work, from source, from the wheel, or frozen?"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table

from braggscope import __version__
from braggscope.api import DetectorImage, Pixel, Run, compare_traces
from braggscope.cli.inputs import open_host, read_experiment
from braggscope.cli.self_test_files import check_files
from braggscope.engine_files.finding import found_engine
from braggscope.errors import BraggscopeError
from braggscope.experiment import Experiment
from braggscope.host.host import Host
from braggscope.host.settings import load_settings, settings_path

_SMALL = (
    "-cell 70 80 90 75 85 95 -default_F 100 -Na 5 -Nb 4 -Nc 6 -lambda 1.2 -distance 90 -pixel 0.8"
    " -detpixels 64 -misset 15 25 35 -oversample 2"
)
_PIXEL = Pixel(34, 56)
_CORRELATION = 0.999999
_QT_LIMIT_S = 60.0


@dataclass
class Check:
    """One line of the report."""

    name: str
    passed: bool
    detail: str
    seconds: float = 0.0


@dataclass
class _Report:
    checks: list[Check] = field(default_factory=list)

    def run(self, name: str, check: Callable[[], str]) -> None:
        """Add a check; whatever it raises is its failure."""
        started = time.perf_counter()
        try:
            detail, passed = check(), True
        except BraggscopeError as error:
            detail, passed = str(error), False
        except Exception as error:  # noqa: BLE001 - a self-test reports whatever goes wrong
            detail = f"{error!r} {traceback.format_exc(limit=-2)}"
            passed = False
        self.checks.append(Check(name, passed, detail, time.perf_counter() - started))


def run_self_test(as_json: bool) -> int:
    """Run all checks and print the report; 0 when all pass."""
    report = _Report()
    report.run("versions", _versions)
    report.run("Qt", _qt_platform)
    settings, problem = load_settings()
    report.run("settings", lambda: _settings(problem))
    report.run("example experiment", _example)
    try:
        with open_host(settings) as host:
            report.run("plugins", lambda: _plugins(host))
            _check_engines(host, report)
    except BraggscopeError as error:
        report.checks.append(Check("host", False, str(error)))
    passed = all(check.passed for check in report.checks)
    if as_json:
        rows = [asdict(check) for check in report.checks]
        print(json.dumps({"passed": passed, "checks": rows}, indent=2))  # noqa: T201
    else:
        _print(report, passed)
    return 0 if passed else 1


def _print(report: _Report, passed: bool) -> None:
    table = Table("check", "", "detail", "s")
    for check in report.checks:
        table.add_row(
            check.name, "ok" if check.passed else "FAILED", check.detail, f"{check.seconds:.2f}"
        )
    console = Console()
    console.print(table, highlight=False)
    console.print("self-test passed" if passed else "self-test FAILED", style="bold")


def _versions() -> str:
    import numpy
    import pydantic

    frozen = "frozen" if getattr(sys, "frozen", False) else "Python"
    return (
        f"braggscope {__version__}, {frozen} {platform.python_version()},"
        f" numpy {numpy.__version__}, pydantic {pydantic.VERSION}, {platform.platform()}"
    )


def _qt_platform() -> str:
    """Open the Qt platform, offscreen where there is no display, in a process that may abort."""
    frozen = getattr(sys, "frozen", False)
    start = ["--qt-probe"] if frozen else ["-P", "-m", "braggscope.cli.qt_probe"]
    environment = dict(os.environ)
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "linux" and not any(environment.get(name) for name in displays):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, *start],
        env=environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        timeout=_QT_LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise BraggscopeError(
            f"the window cannot be opened: Qt ended with status {done.returncode}",
            why=said[0] if said else "",
            remedy="Check DISPLAY and the packages that Qt needs (packaging/system_packages.sh);"
            " the other commands work without a display",
            details=done.stderr,
        )
    return done.stdout.strip()


def _settings(problem: BraggscopeError | None) -> str:
    if problem is not None:
        raise problem
    return str(settings_path())


def _example() -> str:
    run = Run(experiment=read_experiment(None, None), engine="any")
    slow, fast = run.setup.detector.shape
    return f"{slow} × {fast} pixels, {run.setup.steps} steps"


def _plugins(host: Host) -> str:
    registry = host.registry
    broken = [record.name for record in registry.records if record.problems]
    if broken:
        raise RuntimeError(f"problems in: {', '.join(broken)}; see `braggscope plugins`")
    needed = {"torch", "external", "files", "parity", "trace"}
    missing = needed - {record.manifest.id for record in registry.records if record.manifest}
    if missing:
        raise RuntimeError(f"missing: {', '.join(sorted(missing))}")
    return (
        f"{len(registry.records)} plugins, {len(registry.engines())} engines,"
        f" {len(registry.metrics())} metrics, {len(registry.views())} views"
    )


def _check_engines(host: Host, report: _Report) -> None:
    """Render and trace a small experiment on every engine that can run, then compare."""
    experiment = Experiment.from_nanobragg(_SMALL.split())
    images: dict[str, DetectorImage] = {}
    for engine_id, engine in host.registry.engines().items():
        try:
            state = host.availability(engine_id).result()
        except BraggscopeError as error:
            report.checks.append(Check(engine_id, False, str(error)))
            continue
        if not state.available:
            report.checks.append(Check(engine_id, True, f"not available: {state.reason}"))
            continue
        if found_engine(engine_id) is not None:
            report.checks.append(Check(engine_id, True, "yours: see `braggscope engines check`"))
            continue
        run = Run(experiment=experiment, engine=engine_id)
        if any(o.kind == "path" and o.required for o in engine.options):
            report.run(engine_id, lambda run=run: check_files(host, run))  # type: ignore[misc]
            continue
        report.run(engine_id, lambda run=run: _render_and_trace(host, run, images))  # type: ignore[misc]
    reference = images.get("torch-cpu")
    if reference is None or len(images) < 2:
        report.checks.append(Check("parity", False, "fewer than two engines rendered an image"))
        return
    for engine_id, image in images.items():
        if engine_id != "torch-cpu":
            report.run(f"parity with {engine_id}", lambda b=image: _parity(host, reference, b))  # type: ignore[misc]


def _render_and_trace(host: Host, run: Run, images: dict[str, DetectorImage]) -> str:
    image = host.render(run, use_cache=False).result()
    images[run.engine] = image
    trace = host.trace(run, [_PIXEL], image).result()[0]
    if not trace.agrees_with_image:
        raise RuntimeError(f"the trace ends in {trace.value}, the image has {trace.image_value}")
    origin = image.provenance
    return (
        f"{origin.device}: {origin.wall_time_s:.2f} s, maximum {float(image.data.max()):.6g},"
        f" trace of {len(trace.variables)} variables"
    )


def _parity(host: Host, a: DetectorImage, b: DetectorImage) -> str:
    found = host.analyse(a, b).result()
    correlation = found.metrics["correlation"].value
    if not found.agrees or correlation is None or correlation < _CORRELATION:
        raise RuntimeError("; ".join(found.reasons))
    runs = (a.provenance.run, b.provenance.run)
    traces = [host.trace(run, [_PIXEL]).result()[0] for run in runs if run is not None]
    comparison = compare_traces(*traces)
    if comparison.first_divergence:
        raise RuntimeError(comparison.explanation)
    return f"correlation {correlation:.12f}; {comparison.explanation}"
