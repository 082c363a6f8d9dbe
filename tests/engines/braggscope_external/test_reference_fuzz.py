"""Random command lines over all flags: an image or one clear error, never a crash."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from tests.engines.braggscope_external.reference_program import (
    BAD_INPUT,
    SOURCES,
    errors_of,
    needs_program,
    run,
    words,
)

pytestmark = needs_program

LINES = 320
BATCHES = 8
FLAGS = sorted(set(re.findall(r'"(--?[A-Za-z0-9_]+)"', (SOURCES / "flags.c").read_text())))
#: A quick run, whatever is added: these come last and win.
BOUNDS = words("-detpixels 6 -oversample 1 -threads 2 -noprogress")
#: Counts stay small: a random one may not make a run of minutes.
COUNTS = re.compile(r"steps|dom|layers|threads|oversample$|^-N")
LISTS = re.compile("-hkl|-mat$|-sourcefile|-stol$|-4stol|-Q|-dump|-mask|-img")
OUTPUTS = re.compile("-(float|int|pgm|noise).*(file|image)")
ODD_NUMBERS = words("0 -1 1e300 -1e300 nan inf -inf 1e-300 abc 1.5x 0x1p3 2147483648 1e999 --")
FILES = words(
    "good.hkl good.mat good.src good.stol good.img mask.img dump.bin empty binary none . long.hkl "
    "short.img nan.hkl nan.img text.src zero.img"
)


def write_inputs(folder: Path) -> None:
    orders = range(-3, 4)
    table = "".join(
        f"{h} {k} {l} {100 + h}\n"
        for h in orders
        for k in orders
        for l in orders  # noqa: E741
    )
    header = "{\nHEADER_BYTES=512;\nSIZE1=6;\nSIZE2=6;\nPIXEL_SIZE=0.2;\nDISTANCE=90;\n}\f"
    pixels = np.arange(36, dtype=np.uint16).tobytes()
    texts = {
        "good.hkl": table,
        "good.mat": "0.01 0 0\n0 0.01 0\n0 0 0.01\n",
        "good.src": "-10 0.01 0.02 3 1e-10\n-10 0 0\n",
        "good.stol": "0 1\n0.1 2\n",
        "empty": "",
        "long.hkl": "0 0 0 1\n2000000000 0 0 1\n",
        "nan.hkl": "0 0 0 nan\n",
        "text.src": "no numbers here\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    for name, text in (
        ("good.img", header),
        ("mask.img", header),
        ("nan.img", header.replace("90", "nan")),
        ("zero.img", header.replace("SIZE1=6", "SIZE1=0")),
    ):
        (folder / name).write_bytes(text.ljust(512).encode() + pixels)
    (folder / "short.img").write_bytes(header.encode())
    (folder / "binary").write_bytes(bytes(random.Random(1).randrange(256) for _ in range(3000)))
    (folder / "dump.bin").write_bytes(b"-1 1 -1 1 -1 1\n\f" + np.ones(64).tobytes())


def value_for(flag: str, choose: random.Random) -> list[str]:
    if LISTS.search(flag):
        return [choose.choice(FILES)]
    if OUTPUTS.match(flag):
        return [choose.choice(["out.bin", "nowhere/out.bin", ".", "/dev/null", "other.img"])]
    if flag == "-semantics":
        names = "omega=mean capture=per-evaluation physical water_scale=once omega=x nothing"
        return [choose.choice(names.split())]
    if flag in ("-misset", "-misset_seed") and choose.random() < 0.4:
        return ["random"]
    count = choose.choice([0, 1, 1, 1, 1, 3, 4, 6])
    numbers = []
    for _ in range(count):
        if choose.random() < 0.12:
            numbers.append(choose.choice(ODD_NUMBERS))
        elif choose.random() < 0.04:
            numbers.append(choose.choice(FLAGS))
        elif COUNTS.search(flag):
            numbers.append(str(choose.randrange(-1, 5)))
        else:
            numbers.append(f"{choose.uniform(-1, 1) * 10 ** choose.uniform(-2, 2):.4g}")
    return numbers


def random_line(choose: random.Random) -> list[str]:
    line = words("-cell 50 60 70 80 90 100 -default_F 10 -N 3 -lambda 1 -distance 100 -pixel 0.2")
    for _ in range(choose.randrange(1, 9)):
        flag = choose.choice(FLAGS)
        line += [flag, *value_for(flag, choose)]
    if choose.random() < 0.7:
        line += words("-lambda 1 -distance 100 -pixel 0.2 -fluence 1e29 -adc 1 -scale 1")
    return line + BOUNDS


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_command_lines(batch: int, tmp_path: Path) -> None:
    choose = random.Random(1000 + batch)
    write_inputs(tmp_path)
    inputs = snapshot(tmp_path)
    succeeded = 0
    for _ in range(LINES // BATCHES):
        line = random_line(choose)
        result = run(line, tmp_path)
        said = f"{' '.join(line)}\n{result.stderr}"
        assert result.returncode in (0, BAD_INPUT), said
        assert "Sanitizer" not in result.stderr, said
        assert "runtime error" not in result.stderr, said
        assert len(errors_of(result)) == (result.returncode == BAD_INPUT), said
        after = snapshot(tmp_path)
        assert not [name for name in after if name.endswith(".part")], said
        if result.returncode == 0:
            succeeded += 1
        else:
            assert after.keys() == inputs.keys(), said
        for name in after.keys() - inputs.keys():
            (tmp_path / name).unlink()
        for name, data in inputs.items():
            (tmp_path / name).write_bytes(data)
    assert succeeded > 5
