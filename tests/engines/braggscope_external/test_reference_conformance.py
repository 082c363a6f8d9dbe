"""Values of the specification: section 16, and the generators of section 12."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.engines.braggscope_external.reference_program import (
    SMALL,
    SOURCES,
    needs_program,
    read_trace,
    succeed,
    words,
)

pytestmark = needs_program

COMMON = words("-lambda 1.1 -distance 80 -detpixels_x 40 -detpixels_y 36 -nonoise -nopgm")
CELL = "-cell 70 80 90 85 95 105 -misset 11 22 33"
C = f"{CELL} -default_F 100"
H = f"{CELL} -hkl P.hkl"
Q = f"{CELL} -hkl Q.hkl"
ROTATED = "-detector_rotx 3 -detector_roty -4 -detector_rotz 7 -twotheta 12"
LAYERS = "-detector_thick 100 -detector_abs 200 -detector_thicksteps"
EVERY_FACTOR = "-oversample_thick -oversample_polar -oversample_omega"

#: Flags; sum; maximum and its place; pixels (0,0), (7,31), (20,13), (35,39).
CONFORMANCE: dict[str, tuple[str, float, float, tuple[int, int], tuple[float, ...]]] = {
    "V01": (
        f"{C} -N 5",
        1883.94903,
        170.564209,
        (19, 21),
        (2.15562248, 0.778314292, 0.0335380957, 0.156231895),
    ),
    "V02": (
        f"{C} -N 5 -xds",
        2948.00104,
        183.305878,
        (18, 20),
        (0.0199291427, 0.00176818087, 0.00205788505, 0.0100948662),
    ),
    "V03": (
        f"{C} -N 5 -adxv {ROTATED}",
        3022.14151,
        224.712631,
        (18, 20),
        (19.0924301, 0.0133318882, 0.468257338, 0.692534447),
    ),
    "V04": (
        f"{C} -N 5 -dials {ROTATED}",
        1541.93709,
        100.335205,
        (7, 33),
        (0.231594712, 4.99278498, 0.000251091842, 0.0050409832),
    ),
    "V05": (
        f"{C} -N 5 -denzo -Xbeam 1.3 -Ybeam 2.7",
        2880.0294,
        170.564209,
        (13, 27),
        (0.00126845844, 0.0624162182, 0.129159361, 4.44315243),
    ),
    "V06": (
        f"{C} -N 5 -beam_vector 1 0.02 0.01 -Xclose 1 -Yclose 2 -detector_rotx 10 -twotheta 3",
        2999.76542,
        217.811676,
        (2, 3),
        (0.067125015, 0.0193362366, 4.66805659e-06, 0.0112335682),
    ),
    "V07": (
        f"{C} -N 5 -oversample 2 -mosaic 1 -mosaic_domains 4 -phi 1 -osc 1 -phisteps 3",
        2072.26817,
        171.063721,
        (19, 21),
        (0.0730220452, 2.88451195, 0.033648394, 0.0202635974),
    ),
    "V08": (
        f"{C} -N 5 -oversample 2 -phi 0 -osc 3 -phisteps 3",
        2111.51412,
        171.01886,
        (19, 21),
        (0.308024526, 4.06257105, 0.0314810574, 0.0159075614),
    ),
    "V09": (
        f"{C} -N 5 -oversample 1 -divergence 4 -divsteps 4 -dispersion 3 -dispsteps 4 -polar 0.5",
        2021.99186,
        70.4064789,
        (19, 20),
        (2.07454157, 1.85039032, 0.0154885054, 0.779481292),
    ),
    "V10": (
        f"{C} -N 5 -oversample 1 -sourcefile s.txt",
        2574.08685,
        77.7859421,
        (19, 19),
        (0.0532511137, 1.02147496, 0.00067099958, 0.233008578),
    ),
    "V11": (
        f"{C} -N 5 -oversample 3 {LAYERS} 4",
        701.638798,
        62.8044395,
        (19, 21),
        (0.782395363, 0.312712044, 0.0119843213, 0.0567701608),
    ),
    "V12": (
        f"{C} -N 5 -oversample 3 -oversample_omega",
        200.839218,
        26.2750149,
        (18, 20),
        (0.0719332173, 0.00810807478, 0.00184009643, 0.0663403645),
    ),
    "V13": (
        f"{C} -N 5 -oversample 2 -polar 0.8 {LAYERS} 3 {EVERY_FACTOR} -mosaic 1 -mosaic_domains 2",
        31.8307085,
        3.79807734,
        (18, 20),
        (0.000972003269, 0.01175946, 0.000377749646, 0.00139195169),
    ),
    "V14": (
        f"{C} -N 5 -oversample 2 -round_xtal -fudge 0.7",
        3023.42959,
        108.835785,
        (19, 21),
        (21.034214, 14.672616, 0.649359226, 0.7064147),
    ),
    "V15": (
        f"{C} -N 5 -oversample 2 -gauss_xtal -fudge 0.8",
        86820.4187,
        236.484528,
        (19, 21),
        (175.396423, 178.336197, 59.4814568, 99.3199463),
    ),
    "V16": (
        f"{C} -N 5 -oversample 2 -tophat_spots -fudge 6",
        3112.13742,
        244.140533,
        (19, 21),
        (0, 0, 0, 0),
    ),
    "V17": (
        f"{H} -N 5 -oversample 2",
        1955.83888,
        170.564209,
        (19, 21),
        (2.60830307, 0.993829548, 0.0335380957, 0.150045112),
    ),
    "V18": (
        f"{Q} -N 1 -oversample 2",
        24.2225165,
        0.0223702174,
        (0, 39),
        (0.0196484905, 0.0195184592, 0.0159195401, 0.0148761822),
    ),
    "V19": (
        f"{H} -N 1 -oversample 2",
        24.3624137,
        0.0243773609,
        (4, 37),
        (0.0188601278, 0.0199364126, 0.0156219918, 0.0149782887),
    ),
    "V20": (
        f"{C} -N 5 -oversample 2 -water 20 -fluence 1e24",
        62.6696426,
        0.0448978059,
        (19, 21),
        (0.0434543043, 0.0435165279, 0.0435352921, 0.043463517),
    ),
    "V21": (
        "-mat A.mat -default_F 100 -N 5 -oversample 2",
        4274.98565,
        159.617676,
        (34, 4),
        (0.00579218939, 10.3513021, 29.5002556, 0.00305490894),
    ),
    "V22": (
        "-mat A.mat -cell 100 120 150 90 90 90 -default_F 100 -N 5 -oversample 2",
        3878.82624,
        170.294205,
        (31, 7),
        (0.327754557, 3.1284883, 0.820786536, 0.222045258),
    ),
    "V23": (
        "-cell 70 80 90 -default_F 100 -N 5 -oversample 2 -misset random -misset_seed 42",
        4471.09015,
        199.945892,
        (6, 35),
        (0.130196095, 0.0715881884, 0.134172037, 0.00725518866),
    ),
    "V24": (
        f"{C} -N 5 -oversample 2 -point_pixel",
        1.88413819e11,
        1.70564229e10,
        (19, 21),
        (215693920, 77846216, 3353971.25, 15630476),
    ),
    "V25": (
        f"{C} -N 5 -oversample 2 -curved_det -fluence 1e28",
        149.370247,
        13.5441399,
        (18, 20),
        (0.000168168423, 0.0611967221, 0.00180213701, 0.346512586),
    ),
    "V26": (
        f"{C} -xtalsize 0.001 -oversample 2",
        480758.893,
        189777.484,
        (28, 10),
        (19.9322128, 326.109589, 0.0179111287, 0.0584808588),
    ),
    "V27": (
        f"{C} -N 5 -oversample 2 -flux 1e12 -exposure 0.2 -beamsize 0.05 -dmin 30",
        1.19680386e-06,
        1.08353198e-07,
        (19, 21),
        (1.36938805e-09, 4.94434604e-10, 2.13055251e-11, 9.92484081e-11),
    ),
}


def write_inputs(folder: Path) -> None:
    def factor(h: int, k: int, l: int) -> int:  # noqa: E741
        return 100 + 7 * h + 5 * k + 3 * l + (h * h + 2 * k * k + 3 * l * l) % 11

    for name, largest in (("P.hkl", 3), ("Q.hkl", 8)):
        orders = range(-largest, largest + 1)
        (folder / name).write_text(
            "".join(
                f"{h} {k} {l} {factor(h, k, l)}\n"
                for h in orders
                for k in orders
                for l in orders  # noqa: E741
            )
        )
    (folder / "A.mat").write_text(
        "0.0112 0.0021 -0.0007\n-0.0013 0.0099 0.0031\n0.0004 -0.0044 0.0085\n"
    )
    (folder / "s.txt").write_text(
        "-10 0.01 0.02 3 1.0e-10\n-10 -0.02 0.01 1 1.2e-10\n-5 0.1 0.05 0.5 1.05e-10\n"
    )


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("name", CONFORMANCE)
def test_conformance_values(name: str, threads: str, tmp_path: Path) -> None:
    flags, total, largest, place, pixels = CONFORMANCE[name]
    write_inputs(tmp_path)
    own = ["-noint", "-nodump", "-noprogress", "-threads", threads]
    # The flags of V23 must be the last ones (Q30).
    succeed([*COMMON, *own, "-floatfile", "f.bin", *words(flags)], tmp_path)
    image = np.fromfile(tmp_path / "f.bin", np.float32).reshape(36, 40)
    assert f"{image.sum(dtype=np.float64):.9g}" == f"{total:.9g}"
    assert np.unravel_index(image.argmax(), image.shape) == place
    got = [image[place], *(image[at] for at in ((0, 0), (7, 31), (20, 13), (35, 39)))]
    assert [f"{value:.9g}" for value in got] == [f"{v:.9g}" for v in (largest, *pixels)]


def test_integer_pgm_and_noise_images_of_v01(tmp_path: Path) -> None:
    stdout = succeed([*COMMON[:-2], *words(f"{C} -N 5 -seed 12")], tmp_path)
    lines = stdout.splitlines()
    assert "intfile_scale = 322.459" in lines
    assert "pgm_scale = 5.35139" in lines
    assert "1861 photons on noise image (0 overloads)" in lines
    integers = np.frombuffer((tmp_path / "intimage.img").read_bytes()[512:], np.uint16)
    integers = integers.reshape(36, 40)
    assert integers[19, 21] == 55040
    assert integers.sum(dtype=np.int64) == 665071
    assert integers[0, :8].tolist() == [735, 909, 1489, 647, 1439, 257, 698, 84]
    grey = np.frombuffer((tmp_path / "image.pgm").read_bytes()[-1440:], np.uint8)
    assert grey.sum(dtype=np.int64) == 7077
    assert grey[:5].tolist() == [11, 14, 24, 10, 23]
    noise = np.frombuffer((tmp_path / "noiseimage.img").read_bytes()[512:], np.uint16)
    assert noise.sum(dtype=np.int64) == 59461
    assert noise[:12].tolist() == [44, 42, 42, 41, 44, 41, 41, 40, 41, 40, 40, 40]


# --- generators ------------------------------------------------------------------------------

UNIFORM = {
    1: [0.415999353, 0.091964893, 0.75641048, 0.52970022, 0.930436492, 0.383502066],
    12345678: [0.765989304, 0.023453664, 0.589726627, 0.535101593, 0.982231438, 0.693016112],
}
THOUSANDTH = {1: 0.576430082, 12345678: 0.450274765}
SEED_AFTER_THREE = {1: 1551901393, 12345678: 1312812850}


@pytest.mark.parametrize("seed", UNIFORM)
def test_uniform_deviates(seed: int, tmp_path: Path) -> None:
    flags = f"-mosaic 1 -mosaic_domains 334 -mosaic_seed {seed} -trace_only -trace_pixel 0 0"
    trace = read_trace(succeed([*SMALL, *words(flags)], tmp_path))
    deviates = [
        (trace.at("M", name, m=m)[0] + 1) / 2 for m in range(334) for name in ("r1", "r2", "r3")
    ]
    assert deviates[:6] == pytest.approx(UNIFORM[seed], rel=1e-8)
    assert deviates[999] == pytest.approx(THOUSANDTH[seed], rel=1e-8)
    assert trace.at("M", "rng_before", m=0) == [-seed, 0]
    assert trace.at("M", "rng_after", m=0)[0] == SEED_AFTER_THREE[seed]


DOMAINS = """
0.99986368592193575 -0.01594877166007503 0.0042715637810345434
0.015952848100370585 0.99987232016945238 -0.00092195251648568416
-0.0042563143783279477 0.00098997044952826353 0.99999045182762714
0.9999657443853005 0.0056663083387967425 0.0060334903465161967
-0.0057336742754520043 0.99992075868632402 0.011207199804992794
-0.0059695087951054712 -0.011241409963865434 0.99991899455244349
0.99989312604678959 -0.0019571731726949555 0.014488131610081448
0.0020944346275040093 0.99995301284043658 -0.009464959319766755
-0.014468926289468415 0.0094942922066792636 0.99985024308019455
"""


def test_mosaic_domains(tmp_path: Path) -> None:
    scan = words("-mosaic 1 -mosaic_domains 4 -trace_only -trace_pixel 3 4")
    trace = read_trace(succeed([*SMALL, *scan], tmp_path))
    assert trace.at("M", "U", m=0) == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert math.degrees(trace.at("M", "angle_f32", m=0)[0]) == pytest.approx(
        0.98914810232319, rel=1e-14
    )
    rows = [float(word) for word in DOMAINS.split()]
    for m in (1, 2, 3):
        assert trace.at("M", "U", m=m) == pytest.approx(rows[9 * m - 9 : 9 * m], rel=1e-14)


@pytest.mark.parametrize(
    ("seed", "degrees"),
    [
        (1, (4.66295716282848, -11.8449788458297, 17.6225480239485)),
        (42, (-11.585886639425, 56.2076889976995, -1.33337420449823)),
        (12345, (105.720754730633, -34.9513183631866, -97.8235714406551)),
    ],
)
def test_random_misset_angles(seed: int, degrees: tuple[float, ...], tmp_path: Path) -> None:
    flags = f"-misset_seed {seed} -misset random -trace_only -trace_pixel 0 0"
    trace = read_trace(succeed([*SMALL, *words(flags)], tmp_path))
    angles = [math.degrees(angle) for angle in trace.at("R", "misset_rad")]
    assert angles == pytest.approx(degrees, rel=1e-13)


def test_negative_seeds_go_on_with_the_shared_table(tmp_path: Path) -> None:
    """Q31: no initialisation of its own, unless no stream ran before."""
    flags = "-mosaic 1 -mosaic_domains 2 -mosaic_seed -77 -trace_only -trace_pixel 0 0"
    alone = read_trace(succeed([*SMALL, *words(flags)], tmp_path))
    assert (alone.at("M", "r1", m=0)[0] + 1) / 2 == pytest.approx(UNIFORM[1][0], rel=1e-8)
    after = read_trace(
        succeed([*SMALL, *words(f"-misset_seed 5 -misset random {flags}")], tmp_path)
    )
    assert after.at("M", "rng_before", m=0)[0] == 77
    assert after.at("M", "r1", m=0) != alone.at("M", "r1", m=0)


NOISE_PROGRAM = r"""
#include "random.h"
#include <stdio.h>
int main(void)
{
    static const float means[] = {0, .5f, 3, 3, 11.9f, 12, 12, 100, 1000, 1e5f, 2e6f, 2e6f, 5e7f};
    struct random_shuffle a = {{0}, 0}, b = {{0}, 0};
    struct random_noise gauss = {&a, -1, 0, 0}, poisson = {&b, -1, 0, 0};
    for (int i = 0; i < 6; i++)
        printf("%.9g ", random_gaussian(&gauss));
    for (int i = 0; i < 13; i++)
        printf("%.9g ", random_poisson(&poisson, means[i]));
    printf("%lld\n", (long long)poisson.seed);
    return 0;
}
"""


def test_gaussian_and_poisson_deviates(tmp_path: Path) -> None:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        pytest.skip("needs a C compiler")
    (tmp_path / "noise.c").write_text(NOISE_PROGRAM)
    files = ["noise.c", str(SOURCES / "random.c"), str(SOURCES / "poisson.c")]
    flags = ["-std=c99", "-O2", "-ffp-contract=off", f"-I{SOURCES}", "-o", "noise"]
    subprocess.run([compiler, *flags, *files, "-lm"], cwd=tmp_path, check=True, timeout=60)
    printed = subprocess.run(["./noise"], cwd=tmp_path, capture_output=True, text=True, check=True)
    values = [float(word) for word in printed.stdout.split()]
    assert values[:6] == pytest.approx(
        [-0.836853981, -0.172279969, 0.187117606, 1.61543977, -0.17677407, 0.653144717], rel=1e-8
    )
    assert values[6:] == pytest.approx(
        [0, 0, 5, 6, 12, 9, 12, 97, 1001, 100257, 2000460, 1999939.38, 49993836, 1102246882],
        rel=1e-8,
    )
