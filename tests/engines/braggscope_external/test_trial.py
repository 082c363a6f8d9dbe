"""What a foreign nanoBragg can do is found out by trying, and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from braggscope.api import Pixel, RunContext, compare_traces
from braggscope_external import trial
from braggscope_external.engine import create
from braggscope_external.program import find_program
from tests.engines.braggscope_external.test_engine import PLAIN, RUN, make_program

IMAGE = (
    PLAIN + "import array\n"
    "size = int(sys.argv[sys.argv.index('-detpixels_x' if '-detpixels_x' in sys.argv else"
    " '-detpixels') + 1])\n"
    "name = sys.argv[sys.argv.index('-floatfile') + 1] if '-floatfile' in sys.argv else 'x'\n"
    "array.array('f', [7.5] * size * size).tofile(open(name, 'wb'))\n"
)
TRACE_C = (
    "if '-trace_pixel' in sys.argv:\n"
    "    at = sys.argv.index('-trace_pixel')\n"
    "    print('TRACE_CONFIG: tracing pixel (spixel=%s, fpixel=%s)' % tuple(sys.argv[at+1:at+3]))\n"
    "    print('TRACE_C: R_distance_meters 0.125')\n"
    "    print('TRACE_C: I_pixel_final 7.5')\n"
)
PRINTOUT = (
    "if '-printout_pixel' in sys.argv:\n"
    "    at = sys.argv.index('-printout_pixel')\n"
    "    print('%s %s : stol = 0.25' % tuple(sys.argv[at+1:at+3]))\n"
    "    print('I = 8.5  I/steps 8.5  omega 2.5e-06 pixel 7.5')\n"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone."""
    monkeypatch.setenv("BRAGGSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("body", "form", "words"),
    [
        (IMAGE + TRACE_C, "trace_c", "images, traces as TRACE_C lines"),
        (IMAGE + PRINTOUT, "printout_pixel", "images, of a trace only what -printout_pixel says"),
        (IMAGE + TRACE_C + PRINTOUT, "trace_c", "images, traces as TRACE_C lines"),
        (IMAGE, "nothing", "images, no traces"),
        (PLAIN + TRACE_C, "trace_c", "no image in a trial, traces as TRACE_C lines"),
        (PLAIN + "sys.exit(9)", "unknown", "no image in a trial"),
    ],
)
def test_what_a_program_can_do_is_told(body: str, form: str, words: str, tmp_path: Path) -> None:
    engine = create("nanobragg-c", {"program": str(make_program(tmp_path, body))})
    state = engine.availability()
    assert state.available
    assert words in state.device
    assert engine._ability(engine._program).trace == form


def test_a_program_without_its_library_is_not_available(tmp_path: Path) -> None:
    program = Path(__file__).parent / "ports" / "needs_library.sh"
    state = create("nanobragg-c", {"program": str(program)}).availability()
    assert not state.available
    assert "libmissing.so.3" in state.reason


def test_what_printout_pixel_says_is_a_partial_trace(tmp_path: Path) -> None:
    program = make_program(tmp_path, IMAGE + PRINTOUT)
    engine = create("nanobragg-c", {"program": str(program)})
    first, second = engine.trace(RUN, [Pixel(1, 2), Pixel(3, 4)], RunContext())
    assert (first.pixel, second.pixel) == (Pixel(1, 2), Pixel(3, 4))
    assert first.partial
    assert first.value == 7.5
    assert first["omega"].values.item() == 2.5e-06


def test_the_trial_is_kept_by_the_checksum_and_made_anew_for_scripts(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = find_program({"program": "own"}).path
    copy = tmp_path / "nanoBragg"
    shutil.copy(own, copy)
    found = trial.try_out(copy, "0123abcd")
    assert (found.image, found.trace) == (True, "complete")
    (kept,) = (own_cache / "programs").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(trial, "_tried", lambda path: pytest.fail("tried again"))
        assert trial.try_out(copy, "0123abcd") == found
    kept.write_text("{")
    assert trial.try_out(copy, "0123abcd") == found
    script = make_program(tmp_path, IMAGE)
    assert trial.try_out(script, "ef").trace == "nothing"
    assert len(list((own_cache / "programs").iterdir())) == 1


def test_the_report_of_our_own_program_agrees_with_its_complete_trace(tmp_path: Path) -> None:
    """A program that only knows -printout_pixel: our own, with the other flags taken away."""
    own = find_program({"program": "own"}).path
    body = (
        PLAIN + "import subprocess\n"
        "flags = sys.argv[1:]\n"
        "if '-trace_pixel' in flags:\n"
        "    at = flags.index('-trace_pixel')\n"
        "    del flags[at:at + 3]\n"
        f"sys.exit(subprocess.call([{str(own)!r}, *flags]))"
    )
    engine = create("nanobragg-c", {"program": str(make_program(tmp_path, body))})
    assert "-printout_pixel" in engine.availability().device
    pixel = Pixel(60, 70)
    (part,) = engine.trace(RUN, [pixel], RunContext())
    (whole,) = create("nanobragg-c", {"program": "own"}).trace(RUN, [pixel], RunContext())
    found = compare_traces(whole, part)
    assert found.first_divergence is None, found.explanation
    compared = {row.name for row in found.rows if row.verdict in ("equal", "within")}
    assert {"hkl", "pos_m", "F_latt", "F_cell", "stol", "omega", "polar", "val"} <= compared
