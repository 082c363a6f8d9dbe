"""External programs: finding them, and surviving what they do."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from braggscope.api import Pixel, Run, RunContext, compare_traces
from braggscope.errors import Cancelled, EngineFailed
from braggscope.experiment import Experiment
from braggscope_external import program
from braggscope_external.engine import create
from tests.experiment.test_nanobragg_dialect import CUBIC

RUN = Run(experiment=Experiment.from_nanobragg(CUBIC.split()), engine="nanobragg-c")


def make_program(folder: Path, body: str, name: str = "fake") -> Path:
    """A Python script that behaves like a program; `sys.argv` is there."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys, time, os\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def render(path: Path, context: RunContext | None = None, **settings: str) -> np.ndarray:
    engine = create("nanobragg-c", {"program": str(path), **settings})
    prepared = engine.prepare(RUN)
    image = np.zeros(prepared.shape, prepared.dtype)
    engine.render(RUN, image, context or RunContext())
    return image


WRITE_FLOATS = (
    "import array\n"
    "name = sys.argv[sys.argv.index('-floatfile') + 1]\n"
    "array.array('f', range(128 * 128)).tofile(open(name, 'wb'))\n"
)
PLAIN = "if '--braggscope-capabilities' in sys.argv: sys.exit(9)\n"


def test_a_plain_nanobragg_gives_float32(tmp_path: Path) -> None:
    image = render(make_program(tmp_path, PLAIN + WRITE_FLOATS))
    assert image.dtype == np.float32
    assert image[1, 2] == 130


def test_the_program_is_found_in_the_documented_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_env, on_path = (tmp_path / name for name in ("a", "b", "c"))
    for folder in (named, by_env, on_path):
        folder.mkdir()
    setting = make_program(named, PLAIN)
    monkeypatch.setenv("NB_C_BIN", str(make_program(by_env, PLAIN)))
    make_program(on_path, PLAIN, "nanoBragg")
    monkeypatch.setenv("PATH", str(on_path))
    assert program.find_program({"program": str(setting)}).path == setting
    assert program.find_program({}).path == by_env / "fake"
    assert program.find_program({"program": "own"}).found_by == "Braggscope's own program"
    monkeypatch.delenv("NB_C_BIN")
    assert program.find_program({}).path == on_path / "nanoBragg"
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(program, "_OWN_FOLDER", tmp_path)
    with pytest.raises(EngineFailed, match="C compiler"):
        program.find_program({})
    (tmp_path / "BUILD_FAILED.txt").write_text("cc: not found")
    state = create("nanobragg-c", {}).availability()
    assert not state.available
    assert "cc: not found" in state.reason


@pytest.mark.parametrize("name", ["missing", "not-executable"])
def test_a_named_program_that_cannot_run_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "not-executable").write_text("")
    state = create("nanobragg-c", {"program": str(tmp_path / name)}).availability()
    assert not state.available
    assert name in state.reason


def test_a_failing_program_is_quoted(tmp_path: Path) -> None:
    body = PLAIN + "print('reading'); print('no such crystal', file=sys.stderr); sys.exit(3)"
    with pytest.raises(EngineFailed, match="status 3") as caught:
        render(make_program(tmp_path, body))
    assert "no such crystal" in caught.value.details
    assert "-cell" in caught.value.details


def test_a_killed_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="signal 9"):
        render(make_program(tmp_path, PLAIN + "os.kill(os.getpid(), 9)"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "wrote no image"),
        ("open(sys.argv[sys.argv.index('-floatfile') + 1], 'wb').write(b'abc')", "3 bytes"),
    ],
)
def test_a_wrong_image_is_refused(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=message):
        render(make_program(tmp_path, PLAIN + body))


def test_a_program_without_end_is_stopped(tmp_path: Path) -> None:
    path = make_program(tmp_path, PLAIN + "print('busy', flush=True); time.sleep(600)")
    with pytest.raises(EngineFailed, match=r"longer than 0\.5 s") as caught:
        render(path, time_limit_s="0.5")
    assert "busy" in caught.value.details
    assert not _running(path)


@pytest.mark.parametrize(
    ("end", "how"),
    [("limit", ""), ("limit", "setsid "), ("cancel", ""), ("cancel", "setsid "), ("normal", "")],
)
def test_what_a_wrapper_started_ends_with_it(end: str, how: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --braggscope-capabilities ] && exit 9\n'
        f"{how}sh -c 'echo $$ > {pid_file}; sleep 600; true' &\n"
        f"while [ ! -s {pid_file} ]; do sleep 0.05; done\n"
        + ("exit 3\n" if end == "normal" else "wait\n")
    )
    wrapper.chmod(0o755)
    context = RunContext(is_cancelled=lambda: end == "cancel" and pid_file.exists())
    started = time.monotonic()
    with pytest.raises(Cancelled if end == "cancel" else EngineFailed):
        render(wrapper, context, **({"time_limit_s": "1"} if end == "limit" else {}))
    assert time.monotonic() - started < 10
    assert not lives(int(pid_file.read_text()))


def test_an_escaped_process_does_not_keep_a_run_waiting(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    body = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
    )
    started = time.monotonic()
    try:
        image = render(make_program(tmp_path, PLAIN + WRITE_FLOATS + body))
    finally:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
    assert image[1, 2] == 130
    assert time.monotonic() - started < 30


def test_another_build_at_the_same_place_is_another_version(tmp_path: Path) -> None:
    path = make_program(tmp_path, PLAIN + WRITE_FLOATS)
    engine = create("nanobragg-c", {"program": str(path)})
    first = engine.prepare(RUN)
    assert engine.prepare(RUN).version == first.version == engine.availability().version
    kept = path.stat()
    path.write_text(path.read_text())
    assert engine.prepare(RUN).version == first.version  # nothing changed but the time
    path.write_text(path.read_text().replace("'wb'", "'bw'"))
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert path.stat().st_size == kept.st_size
    assert engine.prepare(RUN).version != first.version
    told = '{"program": "new", "version": "2", "float64": true}'
    make_program(tmp_path, f"print({told!r})")
    rebuilt = engine.prepare(RUN)
    assert rebuilt.version.startswith("new 2 ")
    assert rebuilt.dtype == "float64"


def test_a_program_may_be_one_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = make_program(tmp_path, PLAIN + WRITE_FLOATS)
    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read anything
    assert create("nanobragg-c", {"program": str(path)}).availability().available


def test_a_program_that_answers_late_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_QUESTION_TIMEOUT_S", 0.5)
    asked = tmp_path / "asked"
    told = '{"program": "late", "version": "1", "float64": true}'
    body = (
        f"if not os.path.exists({str(asked)!r}):\n"
        f"    open({str(asked)!r}, 'w').close()\n"
        "    time.sleep(600)\n"
        f"print({told!r})"
    )
    engine = create("nanobragg-c", {"program": str(make_program(tmp_path, body))})
    late = engine.availability()
    monkeypatch.setattr(program, "_QUESTION_TIMEOUT_S", 30.0)
    assert late.available
    assert engine.prepare(RUN).dtype == "float64"
    assert engine.prepare(RUN).version != late.version


def test_the_question_leaves_no_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    make_program(tmp_path, "open('floatimage.bin', 'w').close()")
    assert create("nanobragg-c", {"program": str(tmp_path / "fake")}).availability().available
    assert list(here.iterdir()) == []


def test_cancel_kills_the_program_at_once(tmp_path: Path) -> None:
    path = make_program(tmp_path, PLAIN + "time.sleep(600)")
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        render(path, RunContext(is_cancelled=cancelled.is_set))
    assert time.monotonic() - started < 30
    assert not _running(path)


def test_progress_lines_become_progress(tmp_path: Path) -> None:
    body = PLAIN + WRITE_FLOATS + "print('40% done', flush=True); time.sleep(0.3)"
    seen: list[float] = []
    render(
        make_program(tmp_path, body),
        RunContext(report=lambda fraction, message: seen.append(fraction)),
    )
    assert 0.4 in seen
    assert seen[-1] == 1.0


def test_a_plain_nanobragg_cannot_trace_and_says_so(tmp_path: Path) -> None:
    engine = create("nanobragg-c", {"program": str(make_program(tmp_path, PLAIN))})
    with pytest.raises(EngineFailed, match=r"printed no trace.*instrumented"):
        engine.trace(RUN, [Pixel(1, 2)], RunContext())


def test_what_an_instrumented_nanobragg_prints_is_a_trace(tmp_path: Path) -> None:
    body = (
        PLAIN + "at = sys.argv.index('-trace_pixel')\n"
        "print('TRACE_CONFIG: tracing pixel (spixel=%s, fpixel=%s)' % tuple(sys.argv[at+1:at+3]))\n"
        "print('TRACE_C: R_distance_meters 0.125')\n"
        "print('TRACE_C: I_pixel_final 7.5')\n"
    )
    engine = create("nanobragg-c", {"program": str(make_program(tmp_path, body))})
    first, second = engine.trace(RUN, [Pixel(1, 2), Pixel(3, 4)], RunContext())
    assert (first.pixel, second.pixel) == (Pixel(1, 2), Pixel(3, 4))
    assert first.partial
    assert first.value == 7.5
    assert first["R_m"].values.tolist() == [[0.125]]


def test_many_pixels_in_one_run_have_the_traces_that_each_has_alone() -> None:
    engine = create("nanobragg-c", {})
    if not engine.availability().available or not engine._program.lists_pixels:
        pytest.skip("Braggscope's own C program is not built, or another program is named")
    pixels = [Pixel(5, 1), Pixel(0, 0), Pixel(3, 6)]
    together = engine.trace(RUN, pixels, RunContext())
    assert [trace.pixel for trace in together] == pixels
    for trace in together:
        (alone,) = engine.trace(RUN, [trace.pixel], RunContext())
        assert {row.verdict for row in compare_traces(alone, trace).rows} == {"equal"}
        assert alone.value == trace.value


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _running(path: Path) -> bool:
    return any(
        str(path) in " ".join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["cmdline"])
    )
