"""Geometry of the image that is shown: resolution at a point, rings of shells. No Qt.

The set-up of a run may take long to make: it is fetched in a thread, and until then not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImageRegion, Line, Run, Shell
from braggscope.gui.images.worker import LatestWorker
from braggscope.gui.session import SIDES, Session
from braggscope.physics.places import ring
from braggscope.physics.resolution import geometry_of, resolution_A
from braggscope.physics.setup import Setup


class Where:
    """What is known about where pixels look.

    Args:
        changed: called in the window's thread when more is known.
    """

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        self._session, self._changed = session, changed
        self._worker = LatestWorker(session.post)
        self._setup: tuple[Run, Setup | None] | None = None
        self._rings: dict[tuple[Run, float], NDArray[np.float64]] = {}

    @property
    def run(self) -> Run | None:
        """The run of the image that is shown: of A, or of B alone."""
        runs = (self._session.slot(side).image_run for side in SIDES)
        return next((run for run in runs if run is not None), None)

    def setup(self) -> Setup | None:
        """The set-up of the shown image, once it is known."""
        run = self.run
        if run is None:
            return None
        if self._setup is not None and self._setup[0] is run:
            return self._setup[1]
        # Whoever asks meanwhile gets "not known", not another thread.
        self._setup = (run, None)
        self._worker.submit("setup", lambda: run.setup, lambda setup: self._known(run, setup))
        return None

    def _known(self, run: Run, setup: Any) -> None:
        self._setup = (run, setup)
        self._changed()

    @property
    def pixel_mm(self) -> float | None:
        """Edge of a pixel; None: not known."""
        setup = self.setup()
        return None if setup is None else setup.detector.pixel_m * 1e3

    def resolution(self, point: tuple[float, float]) -> float | None:
        """d in Å at (slow, fast); None where it is not known."""
        setup = self.setup()
        geometry = None if setup is None else geometry_of(setup)
        if geometry is None:
            return None
        d = float(resolution_A(geometry, np.array(point[0]), np.array(point[1])))
        return d if np.isfinite(d) else None

    def shells(
        self, regions: tuple[ImageRegion, ...], draft: object = None
    ) -> Mapping[str, list[Line]]:
        """The rings around each shell among the regions; the draft's under "draft"."""
        wanted = {region.name: region.shape for region in regions}
        if isinstance(draft, Shell):
            wanted["draft"] = draft
        return {
            name: self._shell(name, shape)
            for name, shape in wanted.items()
            if isinstance(shape, Shell)
        }

    def _shell(self, name: str, shape: Shell) -> list[Line]:
        setup, run = self.setup(), self.run
        if setup is None or run is None or not len(setup.beam.wavelength_m):
            return []
        found = []
        for d in (shape.d_min_A, shape.d_max_A):
            if not 0.0 < d < np.inf:
                continue
            points = self._rings.get((run, d))
            if points is None:
                if len(self._rings) > 200:
                    self._rings.clear()
                points = self._rings[run, d] = ring(setup, d)
            if len(points):
                text = "" if name == "draft" else f"{name} {d:.3g} Å"
                found.append(Line(points, text, dashed=name == "draft"))
        return found

    def close(self) -> None:
        """Stop the thread."""
        self._worker.close()
