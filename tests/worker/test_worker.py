"""A worker by itself, spoken to by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from braggscope.api import Run
from braggscope.host.analysis_messages import Analyse, Finding
from braggscope.host.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Error,
    Gauge,
    Gradient,
    Hello,
    Message,
    Prepare,
    Prepared,
    Progress,
    Render,
    Result,
    Shutdown,
    Trace,
    read_message,
    run_to_wire,
    write_message,
)
from braggscope.host.scratch import Scratch
from braggscope.host.wire import ArrayReference
from plugin_fixtures import until

Fault = Callable[[str], None]


class ByHand:
    """A worker and both ends of its wire."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "braggscope.worker", *arguments],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def say(self, message: Message) -> None:
        write_message(self.stdin.fileno(), message)

    def hear(self) -> Message | None:
        return read_message(self.stdout.fileno())

    def answer(self) -> Message | None:
        """The next message that is neither progress nor a part of an answer."""
        while isinstance(message := self.hear(), Progress | Finding):
            pass
        return message

    def end(self) -> None:
        self.stdin.close()
        self.process.kill()
        self.process.wait()
        self.stdout.close()


Start = Callable[..., ByHand]


@pytest.fixture
def start(example_plugin: Path) -> Iterator[Start]:
    workers: list[ByHand] = []

    def begin(*arguments: str) -> ByHand:
        workers.append(ByHand(*arguments))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.end()


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    made = Scratch(tmp_path)
    yield made
    made.close()


def test_it_introduces_itself_and_leaves_when_asked(start: Start) -> None:
    worker = start("example-flat")
    hello = worker.hear()
    assert isinstance(hello, Hello)
    assert (hello.protocol, hello.engine) == (PROTOCOL_VERSION, "example-flat")
    assert hello.pid == worker.process.pid
    assert hello.availability.available
    worker.say(Shutdown())
    assert worker.hear() is None
    assert worker.process.wait(10) == 0


def test_the_whole_conversation(start: Start, scratch: Scratch, example_run: Run) -> None:
    worker, run = start("example-flat"), run_to_wire(example_run)
    assert isinstance(worker.hear(), Hello)
    worker.say(Prepare(id=1, run=run))
    prepared = worker.answer()
    assert prepared == Prepared(
        id=1, shape=(10, 20), dtype="float64", precision="float64", notes=("a flat image",)
    )
    output = scratch.mapped_array((10, 20), np.float64)
    worker.say(Render(id=2, run=run, output=output.reference))
    result = worker.answer()
    assert isinstance(result, Result)
    assert result.id == 2
    assert result.data["peak_memory_bytes"] > 2**20
    assert output.array[3, 4] == pytest.approx(1.5)
    worker.say(Trace(id=3, run=run, pixels=((1, 2),)))
    result = worker.answer()
    assert isinstance(result, Result)
    assert result.data["traces"][0]["pixel"] == [1, 2]


def test_files_that_are_used_again_are_filled_again(
    start: Start, scratch: Scratch, example_run: Run
) -> None:
    worker, run = start("example-flat"), run_to_wire(example_run)
    assert isinstance(worker.hear(), Hello)
    output = scratch.mapped_array((10, 20), np.float64)
    path = Path(output.reference.path)
    for number in range(1, 4):
        output.array[...] = 0
        worker.say(Render(id=number, run=run, output=output.reference))
        assert isinstance(worker.answer(), Result)
        assert output.array[9, 19] == pytest.approx(1.5)
    # Another file in its place is no mapping that is known.
    path.unlink()
    path.write_bytes(bytes(1600))
    worker.say(Render(id=4, run=run, output=output.reference))
    assert isinstance(worker.answer(), Result)
    assert np.fromfile(path)[199] == pytest.approx(1.5)
    path.unlink()
    path.write_bytes(b"")
    worker.say(Render(id=5, run=run, output=output.reference))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert "there is no array" in answer.what


def test_an_engine_need_not_know_its_limits(start: Start, example_run: Run) -> None:
    worker = start("example-flat")
    worker.hear()
    worker.say(Gauge(id=5, run=run_to_wire(example_run)))
    assert worker.answer() == Result(id=5, data={"limit": None})


def test_gradients_are_not_there_yet(start: Start, example_run: Run) -> None:
    worker = start("example-flat")
    worker.hear()
    worker.say(Gradient(id=4, run=run_to_wire(example_run), wrt=("beam.wavelength_A",)))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert (answer.id, answer.kind) == (4, "engine-failed")
    assert "not supported yet" in answer.what


def test_an_unknown_engine_is_an_error_and_the_end(start: Start) -> None:
    worker = start("nobody")
    message = worker.hear()
    assert isinstance(message, Error)
    assert message.id == 0
    assert "there is no engine nobody" in message.what
    assert worker.hear() is None
    assert worker.process.wait(10) == 1


def test_a_run_that_makes_no_sense_is_refused(start: Start) -> None:
    worker = start("example-flat")
    worker.hear()
    worker.say(Prepare(id=1, run={"engine": 3}))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert answer.kind == "invalid-input"


@pytest.mark.parametrize("size", [0, 8, None])
def test_an_output_that_is_not_there_is_refused(
    start: Start, example_run: Run, tmp_path: Path, size: int | None
) -> None:
    path = tmp_path / "array"
    if size is not None:
        path.write_bytes(bytes(size))
    worker = start("example-flat")
    worker.hear()
    output = ArrayReference(path=str(path), dtype="<f8", shape=(10, 20))
    worker.say(Render(id=1, run=run_to_wire(example_run), output=output))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert "there is no array" in answer.what


@pytest.mark.parametrize("content", [b"\x00\x00\x00\x02{}", b"\xff\xff\xff\xff", b"\x00\x00"])
def test_a_host_that_talks_nonsense_ends_it(start: Start, content: bytes) -> None:
    worker = start("example-flat")
    worker.hear()
    os.write(worker.stdin.fileno(), content)
    worker.stdin.close()
    message = worker.hear()
    assert isinstance(message, Error)
    assert message.id == 0
    assert worker.hear() is None
    worker.process.wait(10)


def test_a_cancel_stops_the_run_and_not_the_worker(
    start: Start, scratch: Scratch, example_run: Run, fault: Fault
) -> None:
    fault("engine-slow")
    worker, run = start("example-flat"), run_to_wire(example_run)
    worker.hear()
    output = scratch.mapped_array((10, 20), np.float64)
    worker.say(Cancel(id=99))
    worker.say(Render(id=1, run=run, output=output.reference))
    assert isinstance(worker.hear(), Progress)
    worker.say(Cancel(id=1))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert (answer.id, answer.kind) == (1, "cancelled")
    worker.say(Prepare(id=2, run=run))
    assert isinstance(worker.answer(), Prepared)


@pytest.mark.parametrize("points", ["", "engine-hang", "engine-lock", "engine-child"])
@pytest.mark.parametrize("dead", [True, False])
def test_the_end_of_input_ends_everything(
    start: Start, example_run: Run, fault: Fault, tmp_path: Path, points: str, dead: bool
) -> None:
    """And the scratch folder goes if its lock is free: then the host is dead."""
    fault(points)
    scratch = Scratch(tmp_path)
    output = scratch.mapped_array((10, 20), np.float64)
    settings = json.dumps({"child_file": str(tmp_path / "child")})
    worker = start("example-flat", "--scratch", str(scratch.folder), "--settings", settings)
    worker.hear()
    worker.say(Render(id=1, run=run_to_wire(example_run), output=output.reference))
    assert isinstance(worker.hear(), Progress)
    family = [worker.process.pid, *(c.pid for c in psutil.Process(worker.process.pid).children())]
    assert len(family) == (3 if points == "engine-child" else 2)
    if dead:
        os.close(scratch._folder._lock_fd)
    worker.stdin.close()
    worker.process.wait(10)
    until(lambda: not any(map(psutil.pid_exists, family)), 5)
    assert scratch.folder.exists() is not dead
    if dead:
        scratch._folder._lock_fd = os.open(os.devnull, os.O_RDONLY)
    scratch.close()


def test_ctrl_c_is_the_hosts(start: Start, example_run: Run) -> None:
    worker = start("example-flat")
    worker.hear()
    os.killpg(worker.process.pid, signal.SIGINT)
    worker.say(Prepare(id=1, run=run_to_wire(example_run)))
    assert isinstance(worker.answer(), Prepared)


def analyse(scratch: Scratch, **more: Any) -> Analyse:
    a, b = scratch.copy_of(np.ones((2, 2))), scratch.copy_of(np.full((2, 2), 1.25))
    request = Analyse(id=1, a=a.reference, b=b.reference, **more)
    arrays.extend([a, b])
    return request


arrays: list[Any] = []


@pytest.fixture(autouse=True)
def _forget_arrays() -> Iterator[None]:
    yield
    arrays.clear()


def test_the_analysis_worker_guards_each_metric(start: Start, scratch: Scratch) -> None:
    worker = start("--analysis")
    assert isinstance(worker.hear(), Hello)
    worker.say(analyse(scratch, metrics=("nobody", "example-mean-difference")))
    result = worker.answer()
    assert isinstance(result, Result)
    assert result.data["metrics"]["example-mean-difference"]["value"] == 0.25
    assert "nobody is not known" in result.data["faults"]["nobody"]["message"]


def test_the_analysis_worker_makes_no_images(start: Start, example_run: Run) -> None:
    worker = start("--analysis")
    worker.hear()
    worker.say(Prepare(id=1, run=run_to_wire(example_run)))
    answer = worker.answer()
    assert isinstance(answer, Error)
    assert "not for the analysis process" in answer.what


def test_a_metric_cannot_write_into_the_images(start: Start, scratch: Scratch, site: Path) -> None:
    (site / "writer.py").write_text(
        "from braggscope.api import *\n"
        "MANIFEST = Manifest('writer', 'Writer', (1, 0))\n"
        "@hookimpl\n"
        "def braggscope_metrics(): return [MetricContribution('w', 'W', 'writer:write')]\n"
        "def write(pair): pair.a[0, 0] = 7\n"
    )
    plugins = json.dumps([{"name": "writer", "value": "writer"}])
    worker = start("--analysis", "--plugins", plugins)
    worker.hear()
    worker.say(analyse(scratch, metrics=("w",)))
    result = worker.answer()
    assert isinstance(result, Result)
    assert "read-only" in result.data["faults"]["w"]["message"]


@pytest.mark.parametrize(("shape", "words"), [((2, 2), ""), ((3, 2), "shape"), (None, "no array")])
def test_difference_maps_fill_the_hosts_array(
    start: Start, scratch: Scratch, shape: tuple[int, ...] | None, words: str
) -> None:
    worker = start("--analysis")
    worker.hear()
    output = scratch.mapped_array((2, 2), np.float64)
    reference = output.reference
    if shape is None:
        output.close()
    request = analyse(scratch, difference="example-squared", output=reference)
    if shape == (3, 2):
        bad = scratch.copy_of(np.ones((3, 2)))
        arrays.append(bad)
        request = request.model_copy(update={"b": bad.reference})
    worker.say(request)
    result = worker.answer()
    assert isinstance(result, Result)
    if words:
        assert "example-squared" in result.data["faults"]
    else:
        assert result.data["faults"] == {}
        assert output.array.tolist() == [[0.0625] * 2] * 2


def test_the_analysis_worker_needs_no_torch(start: Start, scratch: Scratch) -> None:
    worker = start("--analysis")
    worker.hear()
    worker.say(analyse(scratch, metrics=("example-mean-difference",)))
    worker.answer()
    maps = Path(f"/proc/{worker.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system does not tell what a process has loaded")
    text = maps.read_text()
    assert "numpy" in text
    assert "libtorch" not in text
    assert "PySide6" not in text
