"""What goes on in threads; its libraries are imported when it is first needed. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from braggscope.api import EngineContribution
from braggscope.engine_files.finding import announced
from braggscope.evidence.bundle import Evidence, OpenedBundle, Tell
from braggscope.evidence.engines import BundledEngine
from braggscope.evidence.opening import open_bundle
from braggscope.evidence.unpacking import unpack
from braggscope.evidence.verifying import Check, verify
from braggscope.evidence.writing import write_bundle
from braggscope.gui.evidence.gathering import Shown, gathered
from braggscope.gui.evidence.restoring import Setting, setting_of
from braggscope.gui.evidence.waiting import HostUntil
from braggscope.host.discovery import discovered
from braggscope.host.jobs import Job
from braggscope.host.settings import load_settings

#: The share of an export that tracing and drawing take.
_GATHERED: Final = 0.5
_REPORT: Final = "report.html"


def exporting(shown: Shown, host: Any, samples: int, path: Path) -> Callable[[Job[Any]], Evidence]:
    """Gathers what the window shows and writes it.

    Args:
        host: traces pixels; no image is made again.
        samples: so many pixels are traced beside those that the window shows.
    """

    def work(job: Job[Any]) -> Evidence:
        tell = _telling(job)
        until = HostUntil(host, job.token)
        evidence = gathered(shown, until, samples, lambda f, what: tell(_GATHERED * f, what))
        write_bundle(evidence, path, lambda f, w: tell(_GATHERED + (1 - _GATHERED) * f, w))
        return evidence

    return work


def opening(
    path: Path, scratch: Path, engines: Mapping[str, EngineContribution]
) -> Callable[[Job[Any]], tuple[OpenedBundle, Setting]]:
    """Reads a bundle, and finds how the window must stand for its runs.

    Args:
        scratch: an empty folder for what a zip file holds.
    """

    def work(job: Job[Any]) -> tuple[OpenedBundle, Setting]:
        bundle = open_bundle(path, scratch, _telling(job), keep=True)
        return bundle, setting_of(bundle, engines)

    return work


def verifying(
    bundle: OpenedBundle, host: Any, described: Sequence[BundledEngine] = ()
) -> Callable[[Job[Any]], tuple[Check, ...]]:
    """Runs a bundle again; what it tells comes from many threads, and is heard as it comes.

    Args:
        described: engines of the bundle that may run; the window's own host does not know them.
    """

    def work(job: Job[Any]) -> tuple[Check, ...]:
        if not described:
            return verify(bundle, HostUntil(host, job.token), job.report)
        from braggscope.host.host import Host

        settings, _ = load_settings()
        with announced([one.path for one in described]):
            own = Host(discovered(settings), settings, steps_back=True)
            try:
                return verify(bundle, HostUntil(own, job.token), job.report)
            finally:
                own.close()

    return work


def unpacking_report(path: Path, scratch: Path) -> Callable[[Job[Any]], Path]:
    """Unpacks of a zip file what its report shows, and gives the report."""

    def work(job: Job[Any]) -> Path:
        unpack(path, scratch, _telling(job), _belongs_to_report)
        return scratch / _REPORT

    return work


def _belongs_to_report(name: str) -> bool:
    return name == _REPORT or name.startswith(("pictures/", "traces/"))


def _telling(job: Job[Any]) -> Tell:
    """Tells a job's listeners, and ends the work once the job is cancelled."""

    def tell(fraction: float, what: str) -> None:
        job.token.check()
        job.report(fraction, what)

    return tell
