"""Host: images, traces, analyses, cache, order, refusals."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import (
    Bounds,
    BraggscopeError,
    Cancelled,
    EngineFailed,
    InvalidInput,
    Pixel,
    Run,
    Semantics,
)
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope.host.host import CACHED_NOTE, Host, JobState
from plugin_fixtures import LIMIT_S, image_of, until

HostFactory = Callable[..., Host]


def test_an_image_comes_with_its_provenance(make_host: HostFactory, example_run: Run) -> None:
    image = make_host().render(example_run).result(LIMIT_S)
    assert image.shape == (10, 20)
    assert image.data.dtype == np.float64
    assert np.allclose(image.data, 1.5, rtol=1e-12)
    assert image.mask is None
    provenance = image.provenance
    assert (provenance.run, provenance.engine_version) == (example_run, "1.0")
    assert (provenance.device, provenance.precision) == ("nothing at all", "float64")
    assert provenance.notes[0] == "a flat image"
    assert 0 < provenance.wall_time_s < LIMIT_S
    assert 2**22 < provenance.peak_memory_bytes < 2**30
    assert not provenance.overlapped


def test_images_are_read_only_and_outlive_the_host(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    image = host.render(example_run).result(LIMIT_S)
    host.close()
    host.close()
    assert image.data.sum() == pytest.approx(300)
    with pytest.raises(ValueError, match="read-only"):
        image.data[0, 0] = 1  # type: ignore[index]


def test_pixels_outside_the_region_are_masked(make_host: HostFactory, example_run: Run) -> None:
    region = RegionOfInterest(fast_min=2, fast_max=4, slow_min=1, slow_max=1)
    run = example_run.model_copy(update={"region": region})
    image = make_host().render(run).result(LIMIT_S)
    assert image.mask is not None
    assert (~image.mask).sum() == 3
    assert not image.mask[1, 2:5].any()
    assert not image.data[image.mask].any()


def test_a_second_request_is_answered_from_memory(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    first = host.render(example_run).result(LIMIT_S)
    second = host.render(example_run).result(LIMIT_S)
    third = host.render(example_run, use_cache=False).result(LIMIT_S)
    assert second.data is first.data
    assert CACHED_NOTE in second.provenance.notes
    assert CACHED_NOTE not in first.provenance.notes
    assert CACHED_NOTE not in third.provenance.notes
    assert third.data is not first.data


def test_an_image_made_afresh_takes_the_memory_of_the_one_that_nobody_looks_at(
    make_host: HostFactory, example_run: Run, scratch_parent: Path
) -> None:
    host = make_host()
    for _ in range(3):
        job = host.render(example_run, use_cache=False)
        assert job.result(LIMIT_S).data.all()
        del job
        # The thread of a job lets go of the image a moment after its end.
        until(lambda: not any(thread.name.startswith("render") for thread in threading.enumerate()))
    assert len([path for path in scratch_parent.rglob("array-*") if path.is_file()]) == 1


def test_a_run_afresh_that_is_cancelled_leaves_the_image_in_memory(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host(engines={"example-flat": {"slow": "2"}})
    first = host.render(example_run).result(LIMIT_S)
    again = host.render(example_run, use_cache=False)
    until(lambda: again.progress[0] > 0)
    again.cancel()
    with pytest.raises(Cancelled):
        again.result(LIMIT_S)
    assert host.render(example_run).result(LIMIT_S).data is first.data


def test_an_image_from_memory_is_told_of_the_run_that_asks(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    said = example_run.experiment.model_dump(exclude_unset=True)
    experiments = [
        Experiment.build(
            {**said, "detector": {**said.get("detector", {}), name: 5.0}}, strict=False
        )
        for name in ("org_x_px", "org_y_px")  # without effect in this convention
    ]
    runs = [example_run.model_copy(update={"experiment": one}) for one in experiments]
    assert runs[0].setup.digest() == runs[1].setup.digest()
    first, second = (host.render(run).result(LIMIT_S).provenance for run in runs)
    assert CACHED_NOTE in second.notes
    assert second.run == runs[1]
    assert "org_x_px has" in first.notes[0]
    assert "org_y_px has" in second.notes[0]
    assert not any("org_x_px has" in note for note in second.notes)
    assert "a flat image" in second.notes


def test_another_version_is_another_image(
    make_host: HostFactory, example_run: Run, tmp_path: Path
) -> None:
    version = tmp_path / "version"
    version.write_text("1")
    host = make_host(engines={"example-flat": {"version_file": str(version)}})
    first = host.render(example_run).result(LIMIT_S)
    again = host.render(example_run).result(LIMIT_S)
    version.write_text("2")
    rebuilt = host.render(example_run).result(LIMIT_S)
    assert again.data is first.data
    assert rebuilt.data is not first.data
    assert [i.provenance.engine_version for i in (first, rebuilt)] == ["1", "2"]


def test_a_run_is_not_overtaken_while_its_engine_comes_up(
    make_host: HostFactory, example_run: Run
) -> None:
    host, ended = make_host(engines={"example-flat": {"slow_start": "1"}}), []
    looking = host.availability("example-flat")
    until(lambda: looking.state is JobState.RUNNING)
    for engine in ("example-flat", "example-other"):
        job = host.render(example_run.model_copy(update={"engine": engine}))
        job.add_done_callback(lambda _, engine=engine: ended.append(engine))  # type: ignore[misc]
    until(lambda: len(ended) == 2)
    assert ended == ["example-flat", "example-other"]


def test_another_option_is_another_image(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    host.render(example_run).result(LIMIT_S)
    run = example_run.model_copy(update={"options": (("gain", "2"),)})
    assert host.render(run).result(LIMIT_S).data[0, 0] == pytest.approx(3.0)


def test_files_of_forgotten_images_are_few_and_serve_the_next_ones(
    make_host: HostFactory, example_run: Run, scratch_parent: Path
) -> None:
    host = make_host(limits={"cache_bytes": 0})
    images = [host.render(example_run).result(LIMIT_S) for _ in range(6)]
    files = set(scratch_parent.glob("*/array-*"))
    assert len(files) == 6
    del images
    kept = set(scratch_parent.glob("*/array-*"))
    assert len(kept) == 4
    image = host.render(example_run).result(LIMIT_S)
    assert set(scratch_parent.glob("*/array-*")) == kept
    assert image.data[0, 0] == pytest.approx(1.5)


def test_a_file_that_serves_again_is_empty_outside_the_region(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host(limits={"cache_bytes": 0})
    before = host.render(example_run).result(LIMIT_S).data[...]
    assert before.all()
    del before
    region = RegionOfInterest(fast_min=2, fast_max=3, slow_min=4, slow_max=6)
    run = Run(experiment=example_run.experiment, engine=example_run.engine, region=region)
    image = host.render(run).result(LIMIT_S)
    assert np.count_nonzero(image.data) == 6
    assert image.mask is not None
    assert np.count_nonzero(~image.mask) == 6


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_file_of_a_request_that_failed_serves_no_other(
    make_host: HostFactory, example_run: Run, scratch_parent: Path, cancelled: bool
) -> None:
    host = make_host(limits={"cache_bytes": 0}, engines={"example-flat": {"slow": "0.3"}})
    job = host.render(example_run)
    until(lambda: len(list(scratch_parent.glob("*/array-*"))) == 1)
    spoilt = set(scratch_parent.glob("*/array-*"))
    if cancelled:
        job.cancel()
    else:
        os.kill(host.worker_pids()["example-flat"], signal.SIGKILL)
    with pytest.raises(BraggscopeError):
        job.result(LIMIT_S)
    image = host.render(example_run).result(LIMIT_S)
    assert image.data.all()
    assert len(set(scratch_parent.glob("*/array-*")) - spoilt) == 1


def test_progress_and_end_are_reported(make_host: HostFactory, example_run: Run) -> None:
    seen: list[tuple[float, str]] = []
    ended = threading.Event()
    job = make_host(engines={"example-flat": {"slow": "0.3"}}).render(
        example_run, lambda fraction, message: seen.append((fraction, message))
    )
    job.add_done_callback(lambda done: ended.set())
    job.result(LIMIT_S)
    assert ended.wait(5)
    assert job.state is JobState.DONE
    assert seen[-1] == (1.0, "done")
    assert [f for f, _ in seen] == sorted(f for f, _ in seen)
    assert len(seen) > 3


def test_a_callback_that_fails_changes_nothing(
    make_host: HostFactory, example_run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("a fault of whoever listens")

    job = make_host().render(example_run, fail)
    job.add_done_callback(fail)
    assert job.result(LIMIT_S).shape == (10, 20)
    until(lambda: len(caplog.records) > 1)
    assert {record.message for record in caplog.records} == {"a callback of a job failed"}
    caplog.clear()  # their tracebacks hold on to the image


def test_traces_end_in_the_images_value(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    image = host.render(example_run).result(LIMIT_S)
    pixels = [Pixel(9, 19), Pixel(0, 3)]
    traces = host.trace(example_run, pixels, image).result(LIMIT_S)
    assert [trace.pixel for trace in traces] == pixels
    assert traces[0].image_value == image.data[9, 19]
    assert traces[0].agrees_with_image
    assert traces[0]["lambda0_m"].values == 1.5e-10
    assert host.trace(example_run, pixels).result(LIMIT_S)[0].image_value is None


def test_pixels_off_the_detector_are_refused(make_host: HostFactory, example_run: Run) -> None:
    for pixel in (Pixel(10, 0), Pixel(-1, 0), Pixel(0, 20)):
        with pytest.raises(InvalidInput, match="not on the detector"):
            make_host().trace(example_run, [pixel]).result(LIMIT_S)


def test_pixels_outside_the_region_are_refused(make_host: HostFactory, example_run: Run) -> None:
    region = RegionOfInterest(fast_min=2, fast_max=4, slow_min=1, slow_max=1)
    run = example_run.model_copy(update={"region": region})
    host = make_host()
    assert host.trace(run, [Pixel(1, 4)]).result(LIMIT_S)
    for pixel in (Pixel(1, 5), Pixel(1, 1), Pixel(0, 3), Pixel(2, 3)):
        with pytest.raises(InvalidInput, match=r"outside the region .* slow 1–1, fast 2–4"):
            host.trace(run, [Pixel(1, 3), pixel]).result(LIMIT_S)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"engine": "nobody"}, ["'nobody'", "example-flat, example-other"]),
        ({"options": (("gian", "1"),)}, ["gian", "gain"]),
        ({"options": (("gain", "3"),)}, ["'3'", "1, 2"]),
        ({"semantics": Semantics(omega="mean")}, ["omega = mean", "first, last"]),
        ({"semantics": Semantics(polarization="last")}, ["polarization = last", "first"]),
        ({"overrides": (("beam.wavelength_A", -1.0),)}, ["wavelength_A"]),
    ],
)
def test_what_an_engine_cannot_do_is_refused(
    make_host: HostFactory, example_run: Run, change: dict[str, object], words: list[str]
) -> None:
    job = make_host().render(example_run.model_copy(update=change))
    with pytest.raises(InvalidInput) as caught:
        job.result(LIMIT_S)
    assert job.state is JobState.FAILED
    assert all(word in str(caught.value) for word in words)


def test_supported_semantics_pass(make_host: HostFactory, example_run: Run) -> None:
    run = example_run.model_copy(update={"semantics": Semantics(omega="last")})
    assert make_host().render(run).result(LIMIT_S).shape == (10, 20)


def test_availability(make_host: HostFactory) -> None:
    host = make_host(engines={"example-other": {"unavailable": "It is Sunday"}})
    assert host.availability("example-flat").result(LIMIT_S).available
    other = host.availability("example-other").result(LIMIT_S)
    assert (other.available, other.reason) == (False, "It is Sunday")
    assert list(host.worker_pids()) == ["example-flat"]
    with pytest.raises(InvalidInput, match="no engine 'nobody'"):
        host.availability("nobody").result(LIMIT_S)


def test_an_unavailable_engine_says_why(make_host: HostFactory, example_run: Run) -> None:
    host = make_host(engines={"example-flat": {"unavailable": "It is Sunday"}})
    with pytest.raises(EngineFailed, match=r"not available here\. It is Sunday"):
        host.render(example_run).result(LIMIT_S)


def test_runs_wait_for_each_other_and_traces_do_not(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host(engines={"example-flat": {"slow": "60"}})
    long = host.render(example_run)
    until(lambda: long.progress[0] > 0)
    other = example_run.model_copy(update={"engine": "example-other"})
    waiting = host.render(other)
    assert host.trace(other, [Pixel(0, 0)]).result(LIMIT_S)[0].value == pytest.approx(1.5)
    assert waiting.state is JobState.QUEUED
    analysis = host.analyse(image_of([[1.0]]), image_of([[1.0]]))
    assert analysis.result(LIMIT_S).agrees
    long.cancel()
    assert waiting.result(LIMIT_S).provenance.overlapped is False
    with pytest.raises(Cancelled):
        long.result(LIMIT_S)


def test_parallel_runs_know_that_they_overlapped(make_host: HostFactory, example_run: Run) -> None:
    slow = {"slow": "1"}
    host = make_host(runs={"parallel": 2}, engines={"example-flat": slow, "example-other": slow})
    for engine in ("example-flat", "example-other"):
        host.availability(engine).result(LIMIT_S)
    jobs = [
        host.render(example_run.model_copy(update={"engine": engine}))
        for engine in ("example-flat", "example-other")
    ]
    assert all(job.result(LIMIT_S).provenance.overlapped for job in jobs)


def test_a_queued_job_is_cancelled_at_once(make_host: HostFactory, example_run: Run) -> None:
    host = make_host(engines={"example-flat": {"slow": "60"}})
    long = host.render(example_run)
    until(lambda: long.progress[0] > 0)
    queued = host.render(example_run.model_copy(update={"engine": "example-other"}))
    queued.cancel()
    with pytest.raises(Cancelled):
        queued.result(1.0)
    assert queued.state is JobState.CANCELLED


def test_close_ends_everything(make_host: HostFactory, example_run: Run) -> None:
    host = make_host(engines={"example-flat": {"slow": "60"}})
    jobs = [host.render(example_run), host.trace(example_run, [Pixel(0, 0)])]
    until(lambda: jobs[0].progress[0] > 0)
    begin = time.monotonic()
    host.close()
    assert time.monotonic() - begin < 5
    assert host.worker_pids() == {}
    for job in (*jobs, host.render(example_run), host.availability("example-flat")):
        with pytest.raises(Cancelled):
            job.result(1.0)


def test_an_image_too_large_for_the_limit_is_refused(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host(limits={"array_bytes": 1000})
    with pytest.raises(InvalidInput, match=r"10 × 20 float64 takes .* limits\.array_bytes"):
        host.render(example_run).result(LIMIT_S)


def test_analysis_of_two_images(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    a = host.render(example_run).result(LIMIT_S)
    run = example_run.model_copy(update={"options": (("gain", "2"),)})
    b = host.render(run).result(LIMIT_S)
    analysis = host.analyse(a, b, difference="example-squared").result(LIMIT_S)
    assert analysis.metrics["example-mean-difference"].value == pytest.approx(1.5)
    assert analysis.agrees is False
    assert analysis.reasons == ("Mean B−A 1.5 within -0.5 … 0.5: fails",)
    assert analysis.difference is not None
    assert np.allclose(analysis.difference, 2.25)
    assert analysis.faults == {}
    wide = {"example-mean-difference": Bounds(upper=2)}
    again = host.analyse(a, b, bounds=wide).result(LIMIT_S)
    assert (again.agrees, again.reasons) == (True, ("Mean B−A 1.5 ≤ 2: holds",))
    free = host.analyse(a, b, bounds={"example-mean-difference": None}).result(LIMIT_S)
    assert (free.agrees, free.reasons, free.difference) == (None, (), None)


def test_mapped_images_are_not_copied(
    make_host: HostFactory, example_run: Run, scratch_parent: Path
) -> None:
    host = make_host()
    a = host.render(example_run).result(LIMIT_S)
    host.analyse(a, a).result(LIMIT_S)
    assert len(list(scratch_parent.glob("*/array-*"))) == 1


def test_other_arrays_are_copied_and_masks_united(make_host: HostFactory) -> None:
    a = image_of(np.array([[1, 2, 3]], dtype=">i2"), [[True, False, False]])
    b = image_of(np.array([[9, 2, 9]], dtype=np.float32)[:, ::1], [[False, False, True]])
    host = make_host()
    analysis = host.analyse(a, b).result(LIMIT_S)
    assert analysis.metrics["example-mean-difference"].value == 0
    nothing = image_of(b.data, [[True, True, True]])
    undefined = host.analyse(a, nothing).result(LIMIT_S)
    assert undefined.agrees is False
    assert undefined.reasons == ("Mean B−A has no value (no pixels): fails",)


@pytest.mark.parametrize(
    ("a", "b", "identical"),
    [
        ([[1.0, np.nan]], [[1.0, np.nan]], True),
        ([[1.0, np.nan]], [[1.0, 2.0]], False),
        ([[np.nan]], [[np.nan]], False),
        ([[5, 5]], [[5.0, 5.0]], True),
        ([[5.0, 5.0]], [[5.0, 5.0000001]], False),
    ],
)
def test_identical_images_are_known(
    make_host: HostFactory, a: list[list[float]], b: list[list[float]], identical: bool
) -> None:
    found = make_host().analyse(image_of(a), image_of(b)).result(LIMIT_S)
    assert found.identical is identical


def test_metrics_that_are_nan_or_infinite_arrive(make_host: HostFactory) -> None:
    host = make_host()
    big = image_of(np.full((2, 2), 1e308))
    analysis = host.analyse(big, image_of(-big.data)).result(LIMIT_S)
    value = analysis.metrics["example-mean-difference"].value
    assert value is not None
    assert math.isinf(value)
    assert analysis.agrees is False


def test_unequal_shapes_are_explained(make_host: HostFactory) -> None:
    job = make_host().analyse(image_of(np.zeros((2, 3))), image_of(np.zeros((3, 2))))
    with pytest.raises(InvalidInput, match=r"A has 2 × 3 pixels, B has 3 × 2"):
        job.result(LIMIT_S)


@pytest.mark.parametrize(
    "arguments",
    [{"metrics": ["x"]}, {"difference": "x"}, {"bounds": {"x": Bounds(1.0)}}],
)
def test_unknown_analyses_are_refused(make_host: HostFactory, arguments: dict[str, object]) -> None:
    one = image_of([[1.0]])
    with pytest.raises(InvalidInput, match=r"there is no .* 'x'"):
        make_host().analyse(one, one, **arguments).result(LIMIT_S)
