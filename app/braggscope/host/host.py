"""Host: the one object that command line and window talk to."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from braggscope.api import (
    Availability,
    Bounds,
    BraggscopeError,
    Cancelled,
    DetectorImage,
    EngineContribution,
    EngineFailed,
    ImageRegion,
    Limit,
    Pixel,
    PixelTrace,
    Run,
)
from braggscope.host.analyst import Analyst, Listener, Question
from braggscope.host.cache import ImageCache
from braggscope.host.checks import check_pixels, check_run, find_engine, with_absolute_paths
from braggscope.host.engine_client import EngineClient
from braggscope.host.gate import Gate, Turn
from braggscope.host.head_start import HeadStart
from braggscope.host.jobs import Job, JobRunner, JobState, ProgressCallback
from braggscope.host.noise_floor import NoiseFloor, measure_noise_floor
from braggscope.host.plugins import PluginRegistry
from braggscope.host.scratch import Scratch
from braggscope.host.scratch_folder import sweep
from braggscope.host.settings import Settings
from braggscope.host.spares import Spares
from braggscope.host.verdict import Analysis
from braggscope.host.worker_command import ANALYSIS, WorkerSpec
from braggscope.host.worker_process import Timing, WorkerProcess
from braggscope.physics.setup import Setup

__all__ = ["CACHED_NOTE", "Analysis", "Host", "Job", "JobState", "NoiseFloor"]

CACHED_NOTE: Final = "from memory: this run was made before, the times are those of then"
_CLOSE_STEP_S = 0.5
_JOB_END_S = 10.0


class Host:
    """Runs engines and analyses in worker processes. All callbacks come in threads of the host.

    No method raises for what the user said, or for what an engine did: that comes out of
    `Job.result` as a BraggscopeError.

    Args:
        registry: the plugins, discovered already.
        settings: the user's; None: the defaults.
        head_start: a worker that has been started already.
        steps_back: whether workers let the programs that people look at go first, such as the
            window of this process.

    Raises:
        BraggscopeError: there is no room for temporary files.
    """

    def __init__(
        self,
        registry: PluginRegistry,
        settings: Settings | None = None,
        head_start: HeadStart | None = None,
        *,
        steps_back: bool = False,
    ) -> None:
        self.registry = registry
        self.settings = settings or Settings()
        sweep()
        runs, limits = self.settings.runs, self.settings.limits
        made, launched = (head_start.folder, head_start.worker) if head_start else (None, None)
        self._scratch = Scratch(largest=limits.array_bytes, made=made)
        self._spares = Spares(self._scratch, launched)
        self._keeps_spare = False
        self._steps_back = steps_back
        self._timing = Timing(start_s=runs.start_limit_s, cancel_s=runs.cancel_grace_s)
        self._gate = Gate(runs.parallel)
        self._cache = ImageCache(limits.cache_bytes)
        self._jobs = JobRunner(self._at_rest)
        self._lock = threading.Lock()
        self._clients: dict[str, EngineClient] = {}
        self._analyst: Analyst | None = None
        self._closed = False
        atexit.register(self.close)

    def availability(self, engine_id: str) -> Job[Availability]:
        """Whether an engine can run here; starts its worker."""

        def work(job: Job[Availability]) -> Availability:
            client = self._client(engine_id)
            known = client.known_availability
            if known is not None:
                return known
            with self._gate.turn(Turn(engine_id), job.token):
                job.set_running()
                return self._looked_at(client, job)

        return self._jobs.start(f"look at {engine_id}", work)

    def render(
        self, run: Run, on_progress: ProgressCallback | None = None, *, use_cache: bool = True
    ) -> Job[DetectorImage]:
        """Make the image of a run, or take it from memory (its notes say so then).

        Images are read-only and stay valid after `close`. Runs go one at a time unless the
        settings say otherwise, in the order of the calls.

        Args:
            use_cache: whether an image in memory will do.
        """

        def work(job: Job[DetectorImage]) -> DetectorImage:
            engine = self._engine(run.engine)
            check_run(run, engine)
            client = self._client(run.engine)
            meant = with_absolute_paths(run, engine)
            image = self._cached(client.lasting_version, meant) if use_cache else None
            return image or self._rendered(client, meant, job, turn, use_cache)

        turn = Turn(run.engine, is_run=True, loads_machine=True)
        self._gate.announce(turn)
        job = self._jobs.start(f"render with {run.engine}", work, on_progress)
        job.add_done_callback(lambda _: self._gate.withdraw(turn))
        return job

    def trace(
        self,
        run: Run,
        pixels: Sequence[Pixel],
        image: DetectorImage | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Job[list[PixelTrace]]:
        """Trace pixels through a run, in the order given.

        It waits for other requests to the same engine, and for nothing else.

        Args:
            image: the run's image; traces then know the pixels' values in it.
        """

        def work(job: Job[list[PixelTrace]]) -> list[PixelTrace]:
            check_run(run, self._engine(run.engine))
            check_pixels(pixels, run.setup)
            with self._gate.turn(Turn(run.engine, loads_machine=True), job.token):
                job.set_running()
                client = self._client(run.engine)
                meant = with_absolute_paths(run, client.engine)
                return client.trace(meant, pixels, image, job.token, job.report)

        return self._jobs.start(f"trace with {run.engine}", work, on_progress)

    def limit(self, run: Run) -> Job[Limit | None]:
        """What the engine's machine allows for a run, measured now; None where it does not know."""

        def work(job: Job[Limit | None]) -> Limit | None:
            check_run(run, self._engine(run.engine))
            with self._gate.turn(Turn(run.engine, loads_machine=True), job.token):
                job.set_running()
                return self._client(run.engine).limit(run, job.token)

        return self._jobs.start(f"gauge {run.engine}", work)

    def analyse(
        self,
        a: DetectorImage,
        b: DetectorImage,
        metrics: Sequence[str] | None = None,
        difference: str | None = None,
        bounds: Mapping[str, Bounds | None] | None = None,
        on_progress: ProgressCallback | None = None,
        *,
        regions: Sequence[ImageRegion] = (),
        whole: bool = True,
        setup: Setup | None = None,
        on_found: Callable[[Analysis], None] | None = None,
    ) -> Job[Analysis]:
        """Hold B against A, the reference.

        Args:
            metrics: ids of those to compute; None: all.
            difference: id of the difference map to compute; None: none.
            bounds: metric id -> bounds that decide in place of the metric's own; None: it does
                not decide.
            regions: parts of the image whose metrics are wanted too; their names are unique.
            whole: whether metrics of the whole image are wanted.
            setup: says where pixels are, for shells; None: that of the run that made A or B.
            on_found: called with all that is known, whenever there is more; the verdict is there
                before the slow metrics.
        """

        def work(job: Job[Analysis]) -> Analysis:
            analyst = self._analyst_of()
            names = tuple(analyst.check(a, b, metrics, difference, bounds))
            asked = Question(a, b, names, difference, bounds, tuple(regions), whole, setup)
            with self._gate.turn(Turn(ANALYSIS), job.token):
                job.set_running()
                return analyst.analyse(asked, job.token, Listener(job.report, on_found))

        return self._jobs.start("compare A and B", work, on_progress)

    def noise_floor(
        self, run: Run, image: DetectorImage, on_progress: ProgressCallback | None = None
    ) -> Job[NoiseFloor]:
        """By how much a run differs from itself: made again, and with other precision or threads.

        Args:
            image: the run's.
        """

        def work(job: Job[NoiseFloor]) -> NoiseFloor:
            job.set_running()
            engine = self._engine(run.engine)
            return measure_noise_floor(self, engine, run, image, job.token, job.report)

        return self._jobs.start(f"noise floor of {run.engine}", work, on_progress)

    def worker_pids(self) -> dict[str, int]:
        """Living workers: engine id (or "analysis") -> process id."""
        pids = {worker.spec.name: worker.pid for worker in self._workers()}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def worker_logs(self) -> dict[str, Path]:
        """Engine id (or "analysis") -> the file of what its worker prints, while there is one."""
        logs = {worker.spec.name: worker.log_path for worker in self._workers()}
        return {name: path for name, path in logs.items() if path is not None}

    @property
    def spare_pid(self) -> int | None:
        """Process id of the worker in reserve; None while there is none."""
        return self._spares.pid

    def keep_spare(self) -> None:
        """Whenever all jobs are done, have a worker in reserve: some 50 MB for a faster start."""
        self._keeps_spare = True

    def await_spare(self, limit_s: float) -> bool:
        """Have a worker in reserve now; whether it was ready in time."""
        self._spares.refill()
        return self._spares.wait(limit_s)

    def close(self) -> None:
        """Cancel everything, stop all workers, remove the scratch folder. May be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self._jobs.cancel_all()
        stopping = [
            threading.Thread(target=close, args=(_CLOSE_STEP_S,), daemon=True)
            for close in (self._spares.close, *(worker.close for worker in self._workers()))
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        self._jobs.close(_JOB_END_S)
        self._cache.clear()
        self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _cached(self, version: str | None, run: Run) -> DetectorImage | None:
        """The image from memory; without the engine's version there is none."""
        image = None if version is None else self._cache.get(run.cache_key(version))
        return None if image is None else _as_made_by(run, image)

    def _rendered(
        self,
        client: EngineClient,
        run: Run,
        job: Job[DetectorImage],
        turn: Turn,
        use_cache: bool,
    ) -> DetectorImage:
        with self._gate.turn(turn, job.token):
            job.set_running()
            client.available(job.token)
            began = time.monotonic()
            prepared = client.prepare(run, job.token)
            # The same run may have been ahead in the queue.
            image = self._cached(prepared.version, run) if use_cache else None
            if image is not None:
                return image
            # One that is to be replaced gives its memory to the new one, if nobody looks at it.
            keep_again = self._cache.forget(run.cache_key(prepared.version))
            try:
                image = client.render(run, prepared, began, job.token, job.report)
            except BraggscopeError:
                keep_again()
                raise
        provenance = replace(image.provenance, overlapped=turn.overlapped)
        image = replace(image, provenance=provenance)
        self._cache.put(run.cache_key(provenance.engine_version), image)
        return image

    def _looked_at(self, client: EngineClient, job: Job[Availability]) -> Availability:
        """The availability; an engine whose process does not come up is not available."""
        try:
            return client.availability(job.token)
        except EngineFailed as error:
            return Availability(False, reason=str(error))

    def _engine(self, engine_id: str) -> EngineContribution:
        return find_engine(self.registry.engines(), engine_id)

    def _client(self, engine_id: str) -> EngineClient:
        engine = self._engine(engine_id)
        with self._lock:
            self._refuse_if_closed()
            if engine_id not in self._clients:
                owner = self.registry.owner_of(engine)
                settings = self.settings.engine(engine_id)
                spec = WorkerSpec(engine_id, (owner.source,), settings, self._steps_back)
                worker = WorkerProcess(spec, self._scratch, self._timing, self._spares)
                client = EngineClient(engine, worker, self._scratch, self.registry)
                self._clients[engine_id] = client
            return self._clients[engine_id]

    def _analyst_of(self) -> Analyst:
        with self._lock:
            self._refuse_if_closed()
            if self._analyst is None:
                plugins = tuple(r.source for r in self.registry.records if r.enabled)
                spec = WorkerSpec(ANALYSIS, plugins, steps_back=self._steps_back)
                worker = WorkerProcess(spec, self._scratch, self._timing, self._spares)
                self._analyst = Analyst(worker, self._scratch, self.registry)
            return self._analyst

    def _at_rest(self) -> None:
        if self._keeps_spare:
            self._spares.refill()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise Cancelled("Braggscope is closing")

    def _workers(self) -> list[WorkerProcess]:
        with self._lock:
            workers = [client.worker for client in self._clients.values()]
            return workers + ([] if self._analyst is None else [self._analyst.worker])


def _as_made_by(run: Run, image: DetectorImage) -> DetectorImage:
    """An image of a run with the same numbers; what was said of that run is not this one's."""
    origin = image.provenance
    said = () if origin.run is None else origin.run.setup.notes
    others = [note for note in origin.notes if note not in said]
    notes = tuple(dict.fromkeys((*run.setup.notes, *others, CACHED_NOTE)))
    return replace(image, provenance=replace(origin, run=run, notes=notes))
