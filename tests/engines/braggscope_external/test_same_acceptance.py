"""The drop-in and the C program accept and refuse the same command lines."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Run, RunContext
from braggscope.cli import nanobragg as drop_in
from braggscope_torch.engine import create
from tests.engines.braggscope_external.reference_program import (
    BAD_INPUT,
    needs_program,
    run,
    words,
)
from tests.engines.braggscope_external.test_reference_fuzz import (
    random_line,
    snapshot,
    write_inputs,
)

pytestmark = needs_program

LINES = 300
BATCHES = 6
#: The C program's own flags, and one that nanoBragg has for debugging alone: the drop-in has no
#: threads and no trace, and takes --strict in front.
OF_THE_PROGRAM = ("-threads", "-trace_only", "-trace_pixel", "-trace_list", "-strict", "--strict")
BASE = words(
    "-lambda 1.1 -distance 80 -detpixels_x 20 -detpixels_y 16 -cell 70 80 90 85 95 105 -N 5"
    " -default_F 100"
)
ENGINE = create("torch-cpu", {})
Statuses = Callable[[list[str]], tuple[int, int]]


def _in_process(run: Run, *, is_shown: bool) -> drop_in._Rendered:
    prepared = ENGINE.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    ENGINE.render(run, image, RunContext())
    return drop_in._Rendered(image, prepared.notes)


@pytest.fixture
def statuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Statuses:
    """Exit status of the drop-in and of the C program, each in a folder with the same inputs."""
    monkeypatch.setattr(drop_in, "_render", _in_process)
    folders = tmp_path / "python", tmp_path / "c"
    for folder in folders:
        folder.mkdir()
        write_inputs(folder)

    def both(line: list[str]) -> tuple[int, int]:
        inputs = snapshot(folders[0])
        monkeypatch.chdir(folders[0])
        found = drop_in.run_nanobragg(line), run(line, folders[1]).returncode
        for folder, status in zip(folders, found, strict=True):
            after = snapshot(folder)
            assert not [name for name in after if name.endswith(".part")], line
            if status != 0:
                assert after == inputs, line
            for name in after.keys() - inputs.keys():
                (folder / name).unlink()
            for name, content in inputs.items():
                if after.get(name) != content:
                    (folder / name).write_bytes(content)
        return found

    return both


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_command_lines(
    batch: int,
    statuses: Statuses,
    capsys: pytest.CaptureFixture[str],
) -> None:
    choose = random.Random(5000 + batch)
    differing, succeeded = [], 0
    for _ in range(LINES // BATCHES):
        line = random_line(choose)[:-3]
        line = [word for word in line if word not in OF_THE_PROGRAM] + words("-noprogress")
        found = statuses(line)
        said = capsys.readouterr().err
        assert set(found) <= {0, BAD_INPUT}, (found, line)
        succeeded += found == (0, 0)
        if found[0] != found[1]:
            differing.append(f"{found}: {' '.join(line)}\n{said}")
    assert not differing, "\n".join(differing)
    assert succeeded > 5


ACCEPTED = (
    "-phi 7200",
    "-osc 3601",
    "-oversample 1001 -roi 5 4 5 4",
    "-N 1000001 -oversample 1",
    "-detector_thick -5 -detector_thicksteps 3",
    "-detector_thick -5",
    "-pixel 1e-7 -detpixels 4 -oversample 1",
    "-lambda 1e-7 -oversample 1",
    "-detector_thick 2e6",
    "-detector_thick 100 -detector_thicksteps 10001 -roi 5 4 5 4",
    "-fluence -1e20",
    "-roi 5 3 2 1",
    "-cell 70 80 90 120 120 130",
    "-mat ",
    "-img ",
    "-mat zero.mat",
    "-sourcefile good.src",
    "-sourcefile crlf-complete.src",
    "-sourcefile opposed.src",
    "-phisteps 1e999",
    "-divergence 1e300",
    "-mosaic_domains 1000001",
    "-detector_thicksteps 1000001",
    "-phisteps 1000001 -phistep 1",
    "-hdivsteps 2000000000 -hdivstep 1",
    "-detsize 1e300",
    "-stol zero.mat",
    "-stol nan.img -stol good.stol",
    "-nodump -dump text.src",
    "-dump none",
)
REFUSED = (
    "-osc 0 -phistep 1",
    "-flux 1 -beamsize 0",
    "-dispersion 200 -dispsteps 3",
    "-sourcefile crlf.src",
    "-sourcefile unended.src",
    "-sourcefile dark.src",
    "-sourcefile nowhere.src",
    "-sourcefile opposed.src -semantics source_weights=used",
    "-water 1e9 -fluence 1e300",
    "-close_distance 0",
    "-semantics",
    "-floatfile a -intfile a",
    "-hkl ",
    "-sourcefile ",
    "-oversample 10001",
    "-phisteps 1000001",
    "-phisteps 3000 -mosaic 1 -mosaic_domains 3000",
    "-mosaic 1 -mosaic_domains 1000001",
    "-detector_thick 100 -detector_thicksteps 1000001",
    "-detpixels 16385",
    "-detpixels 0 -detsize 1e300",
    "-detpixels 0 -pixel 1e-320",
    "-divergence 1e300 -hdivstep 1e-300",
    "-xtalsize 0.1 -mat zero.mat",
    "-xtalsize 1e20 -beamsize 1e20",
    "-beam_vector 1e-300 0 0",
    "-density nan",
    "-lambda 0",
    "-energy -1",
    "-pixel -1",
    "-distance 0",
    "-cell 1e300",
    "-stol nan.img",
    "-stol good.stol -stol text.src",
    "-dump good.stol",
    "-pix0_vector 0 0 nan",
    "-misset_seed 1e999 0 0",
    "-xds -ORGY -1e300",
)
SOURCES_OF_NOTE = {
    "crlf.src": b"-10 0 0 1 1e-10\r\n-10 0 0\r\n",
    "crlf-complete.src": b"-10 0 0 1 1e-10\r\n-10 0 0.1 1 1e-10\r\n",
    "unended.src": b"-10 0 0",
    "dark.src": b"-10 0 0 1 -1e-10\n",
    "nowhere.src": b"0 0 0 1 1e-10\n",
    "opposed.src": b"-10 0 0 1 1e-10\n-10 0 0.1 -1 1e-10\n",
    "zero.mat": b"0 0 0\n0 0 0\n0 0 0\n",
}


@pytest.mark.parametrize(
    ("line", "status"),
    [*((line, 0) for line in ACCEPTED), *((line, BAD_INPUT) for line in REFUSED)],
)
def test_what_can_hardly_be_meant(
    line: str, status: int, statuses: Statuses, tmp_path: Path
) -> None:
    for name, content in SOURCES_OF_NOTE.items():
        for folder in ("python", "c"):
            (tmp_path / folder / name).write_bytes(content)
    found = statuses([*BASE, "-noprogress", *line.split(" ")])
    assert found == (status, status)


#: The header of an image of 6 × 6 pixels in other ways, and the size that both programs see; None
#: is refused.
ODD_HEADERS: dict[str, tuple[int, int] | None] = {
    "SIZE1=6;SIZE2=6;": (6, 6),
    "HEADER_BYTES=512;SIZE1=6;SIZE2=6;": (6, 6),
    "HEADER_BYTES=520;SIZE1=6;SIZE2=6;": (6, 6),
    "HEADER_BYTES=64;SIZE1=6;SIZE2=6;": (6, 6),
    "HEADER_BYTES=64.9;SIZE1=6;SIZE2=6;": (6, 6),
    "HEADER_BYTES;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=0;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=many;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=0.5;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=-512;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=nan;SIZE1=6;SIZE2=6;": None,
    "HEADER_BYTES=10000001;SIZE1=6;SIZE2=6;": None,
    "SIZE1=6;SIZE2=6;\0HEADER_BYTES=0;": (6, 6),
    "SIZE1=6;\0SIZE2=6;": None,
    "SIZE1=70000;SIZE2=2;": (70000, 2),
    "SIZE1=1;SIZE2=65537;": (1, 65537),
    "SIZE1=6.9;SIZE2=6.9;": (6, 6),
    "SIZE1=268435457;SIZE2=1;": None,
    "SIZE1=65536;SIZE2=65536;": None,
    "SIZE1=0;SIZE2=0;DETECTOR_DIMENSIONS=6;": (6, 6),
    "SIZE1=0;SIZE2=0;DETECTOR_DIMENSIONS=6 5;": (6, 6),
    "SIZE1=0;SIZE2=9;DETECTOR_DIMENSIONS=6,5;": (6, 6),
    "DETECTOR_DIMENSIONS=6;": (6, 6),
    "SIZE2=6;DETECTOR_DIMENSIONS=5;": (5, 5),
    "SIZE1=6;SIZE2=6;DETECTOR_DIMENSIONS=5;": (6, 6),
    "SIZE1=6;DETECTOR_DIMENSIONS=5;": None,
    "SIZE1=6;SIZE2=0;DETECTOR_DIMENSIONS=5;": None,
    "SIZE1=0;SIZE2=6;": None,
    "SIZE1=-6;SIZE2=6;DETECTOR_DIMENSIONS=5;": None,
    "SIZE1=0;SIZE2=0;DETECTOR_DIMENSIONS=0;": None,
    "SIZE1=6;SIZE2=6;DETECTOR_DIMENSIONS=nan;": None,
    "": None,
}


@pytest.mark.parametrize("header", ODD_HEADERS)
def test_odd_headers_mean_the_same(
    header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the header that both write for such an image is the same, byte by byte."""
    monkeypatch.setattr(drop_in, "_render", _in_process)
    size = ODD_HEADERS[header]
    content = f"{{{header}}}\f".encode().ljust(520) + bytes(2 * int(np.prod(size or (6, 6))))
    written = []
    for name in ("python", "c"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "odd.img").write_bytes(content)
        line = words(
            "-img odd.img -cell 70 80 90 -N 5 -default_F 100 -oversample 1 -roi 0 3 0 3 -noprogress"
        )
        monkeypatch.chdir(folder)
        status = drop_in.run_nanobragg(line) if name == "python" else run(line, folder).returncode
        assert status == (0 if size else BAD_INPUT), name
        path = folder / "intimage.img"
        written.append(path.read_bytes() if size else b"")
    if size is not None:
        starts = [content[: len(content) - 2 * size[0] * size[1]] for content in written]
        assert starts[0] == starts[1]
        assert b"SIZE1=%d;\nSIZE2=%d;\n" % size in starts[0]
