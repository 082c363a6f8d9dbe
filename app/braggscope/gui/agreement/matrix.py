"""Every image against every other one. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from braggscope.api import BraggscopeError, Cancelled, DetectorImage, MetricContribution
from braggscope.host.verdict import Analysis

if TYPE_CHECKING:
    from braggscope.gui.session import Session


def quick_metrics(metrics: Mapping[str, MetricContribution]) -> dict[str, MetricContribution]:
    """Those that a matrix can show: it asks for all of them, for each pair."""
    return {name: metric for name, metric in metrics.items() if not metric.slow}


class Matrix:
    """The quick metrics of all ordered pairs of rows that have an image, one pair after the other.

    Attributes:
        labels: what the rows are called.
    """

    def __init__(
        self,
        session: Session,
        metrics: Mapping[str, MetricContribution],
        changed: Callable[[], None],
    ) -> None:
        self._session, self._changed = session, changed
        self.metrics = quick_metrics(metrics)
        self.labels: tuple[str, ...] = ()
        self._images: tuple[DetectorImage, ...] = ()
        self._found: dict[tuple[int, int], Analysis | BraggscopeError] = {}
        self._left: list[tuple[int, int]] = []
        self._job: Any = None

    @property
    def is_busy(self) -> bool:
        """Whether pairs are still to come."""
        return self._job is not None

    def start(self) -> None:
        """Take the images as they are now, and compare them."""
        self.cancel()
        session = self._session
        slots = [slot for slot in session.slots if slot.image is not None and session.stands(slot)]
        names = [f"{session.name_of(slot)}: {session.label(slot)}" for slot in slots]
        self.labels = tuple(name[:1].upper() + name[1:] for name in names)
        self._images = tuple(slot.image for slot in slots if slot.image is not None)
        self._found = {}
        count = range(len(self._images))
        self._left = [(a, b) for a in count for b in count if a != b]
        self._next()

    def cancel(self) -> None:
        """Compare no more."""
        job, self._job, self._left = self._job, None, []
        if job is not None:
            job.cancel()

    def cell(self, row: int, column: int, metric: str) -> tuple[str, str]:
        """What the row as A against the column as B gives, and a remark."""
        if row == column:
            return "", "the same image"
        found = self._found.get((row, column))
        if found is None:
            return "…" if self.is_busy else "", ""
        if isinstance(found, BraggscopeError):
            return "—", str(found)
        if metric not in found.metrics:
            return "failed", found.faults.get(metric, "").partition("\n")[0]
        result = found.metrics[metric]
        if result.value is None:
            return "undefined", result.note
        return format(result.value, self.metrics[metric].format).replace("-", "−"), result.note

    def as_text(self, metric: str) -> str:
        """The table with tabs between cells."""
        count = range(len(self.labels))
        lines = [("A \\ B", *self.labels)]
        lines += [
            (self.labels[row], *(self.cell(row, column, metric)[0] for column in count))
            for row in count
        ]
        return "\n".join("\t".join(line) for line in lines)

    def _next(self) -> None:
        if not self._left:
            self._job = None
        else:
            a, b = pair = self._left.pop(0)
            job = self._job = self._session.host.analyse(
                self._images[a], self._images[b], metrics=tuple(self.metrics)
            )
            job.add_done_callback(lambda done: self._session.post(lambda: self._done(pair, done)))
        self._changed()

    def _done(self, pair: tuple[int, int], job: Any) -> None:
        if job is not self._job:
            return
        try:
            self._found[pair] = job.result()
        except Cancelled:
            self._left = []
        except BraggscopeError as error:
            self._found[pair] = error
        self._next()
