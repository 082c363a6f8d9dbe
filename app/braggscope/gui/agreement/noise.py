"""Measures the noise floor of A and B when asked to. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from braggscope.api import BraggscopeError, Cancelled, DetectorImage, MetricContribution, Run
from braggscope.host.noise_floor import Floor, NoiseFloor, floor_of

if TYPE_CHECKING:
    from braggscope.gui.session import Session


class NoiseMeter:
    """The noise floors of A and B; they belong to the images that they were measured with.

    Attributes:
        progress: what is being done; "" while nothing is.
        problem: why there is no noise floor.
    """

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        self._session, self._changed = session, changed
        self.progress = ""
        self.problem: BraggscopeError | None = None
        self._floors: list[NoiseFloor] = []
        self._images: tuple[DetectorImage, ...] = ()
        self._job: Any = None
        self._left: list[tuple[Run, DetectorImage]] = []

    @property
    def is_busy(self) -> bool:
        """Whether anything is being measured."""
        return self._job is not None

    @property
    def can_start(self) -> bool:
        """Whether A or B was made by a run."""
        return bool(self._runs())

    def floors(self, metrics: Mapping[str, MetricContribution]) -> dict[str, Floor]:
        """Noise floors by metric; empty where other images are shown than were measured."""
        if set(self._images) != set(self._now()):
            return {}
        found = {m.id: floor_of(self._floors, m.id, m.format) for m in metrics.values()}
        return {name: floor for name, floor in found.items() if floor is not None}

    def start(self) -> None:
        """Measure A, then B, unless both are one run."""
        self.cancel()
        self._floors, self._images, self.problem = [], self._now(), None
        self._left = self._runs()
        self._next()

    def cancel(self) -> None:
        """Stop measuring; what is there stays."""
        job, self._job = self._job, None
        self._left = []
        if job is not None:
            job.cancel()
            self.progress = ""
            self._changed()

    def _runs(self) -> list[tuple[Run, DetectorImage]]:
        runs: dict[Run, DetectorImage] = {}
        for image in self._now():
            if image.provenance.run is not None:
                runs.setdefault(image.provenance.run, image)
        return list(runs.items())

    def _now(self) -> tuple[DetectorImage, ...]:
        findings = self._session.analyser.findings
        return () if findings is None else findings.pair

    def _next(self) -> None:
        if not self._left:
            self._job, self.progress = None, ""
        else:
            run, image = self._left.pop(0)
            self.progress = f"Noise floor of {self._session.engines[run.engine].title} …"
            job = self._job = self._session.host.noise_floor(run, image)
            job.add_done_callback(lambda done: self._session.post(lambda: self._done(done)))
        self._changed()

    def _done(self, job: Any) -> None:
        if job is not self._job:
            return
        try:
            self._floors.append(job.result())
        except Cancelled:
            self._left = []
        except BraggscopeError as error:
            self.problem = error
        self._next()
