"""Every option of docs/semantics.md does what the page says."""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from tests.engines.braggscope_external.reference_program import (
    SMALL,
    Trace,
    assert_refused,
    needs_program,
    read_trace,
    render,
    succeed,
    words,
)

pytestmark = needs_program

RULES = words("first last mean per-evaluation compounding")
FACTORS = words("omega polarization capture")
#: Three layers, two sub-pixels an axis, three sources, a cut-off within the pixel, two phi steps.
MANY = words(
    "-cell 50 60 70 80 90 100 -default_F 10 -N 3 -detpixels 8 -pixel 4 -distance 40 -oversample 2 "
    "-sourcefile s.txt -polar 0.7 -detector_thick 2000 -detector_thicksteps 3 -detector_abs 3000 "
    "-phi 1 -osc 1 -phisteps 2"
)
#: The first source of the first sub-pixel is beyond this resolution, the second is not.
CUT = words("-dmin 7.8")
#: Water that counts as much as the crystal.
WATER = words("-water 40 -fluence 1e15")
SOURCES = "-10 0.01 0.02 3 1.0e-10\n-10 -0.4 0.1 1 1.2e-10\n-5 0.1 0.05 0.5 1.05e-10\n"


def semantics(options: dict[str, str]) -> list[str]:
    return [w for name, value in options.items() for w in ("-semantics", f"{name}={value}")]


def trace_of(args: list[str], cwd: Path, slow: int = 5, fast: int = 6) -> Trace:
    extra = ["-nodump", "-trace_only", "-trace_pixel", str(slow), str(fast)]
    return read_trace(succeed([*args, *extra], cwd))


# --- omega, polarization, capture ------------------------------------------------------------


class Expected:
    """The page's formula, from what the trace says about every evaluation."""

    def __init__(self, trace: Trace, rules: dict[str, str]) -> None:
        self.trace = trace
        self.rules = rules
        self.layers, self.sub, self.sources, self.phi, self.domains = (
            int(trace.at("R", name)[0])
            for name in ("layers", "oversample", "sources", "phisteps", "domains")
        )

    def places(self) -> list[dict[str, int]]:
        """All (T, v, u, j) in serial order."""
        ranges = (range(n) for n in (self.layers, self.sub, self.sub, self.sources))
        return [
            {name: i for name, i in zip("Tvuj", at, strict=True) if name != "T" or self.layers > 1}
            for at in itertools.product(*ranges)
        ]

    def factor(self, name: str, at: dict[str, int]) -> float:
        if name == "polarization":
            if self.trace.has("J", "polar_now", **at):
                return self.trace.at("J", "polar_now", **at)[0]
            return math.nan
        sub_pixel = {k: v for k, v in at.items() if k != "j"}
        label = {"omega": "omega_now", "capture": "cap_now"}[name]
        return self.trace.at("B", label, **sub_pixel)[0]

    def rejected(self, at: dict[str, int]) -> bool:
        return self.trace.at("J", "dmin_rejected", **at)[0] == 1

    def product(self, rule: str, at: dict[str, int]) -> float:
        return math.prod(self.factor(name, at) for name in FACTORS if self.rules[name] == rule)

    def after_loop(self, name: str) -> float:
        rule = self.rules[name]
        if rule in ("per-evaluation", "compounding"):
            return 1.0
        places = self.places()
        if name == "polarization":
            places = [at for at in places if not self.rejected(at)]
        values = [self.factor(name, at) for at in places]
        if not values:
            return 0.0
        if name == "capture" and rule == "first":
            return values[-len(values) // self.layers]
        return {"first": values[0], "last": values[-1], "mean": float(np.mean(values))}[rule]

    def value(self) -> float:
        intensity = self.trace.at("R", "I_bg")[0] * self.background()
        for at in self.places():
            if self.rejected(at):
                continue
            (weight,) = self.trace.at("J", "weight", j=at["j"])
            for k, m in itertools.product(range(self.phi), range(self.domains)):
                place = {**at, "k": k, "m": m}
                if self.trace.at("M", "skipped_zero", **place)[0]:
                    continue
                (term,) = self.trace.at("M", "term", **place)
                intensity += weight * term * self.product("per-evaluation", at)
                intensity *= self.product("compounding", at)
        scale = self.trace.at("R", "scale")[0] / self.trace.at("R", "steps")[0]
        return scale * intensity * math.prod(self.after_loop(name) for name in FACTORS)

    def background(self) -> float:
        if self.trace.at("R", "I_bg") == [0] or "per-evaluation" not in self.rules.values():
            return 1.0
        products = [
            self.trace.at("J", "weight", j=at["j"])[0] * self.product("per-evaluation", at)
            for at in self.places()
        ]
        layers = self.layers if self.rules["capture"] == "per-evaluation" else 1
        return float(np.mean(products)) * layers


def some_rules() -> list[dict[str, str]]:
    every = [dict(zip(FACTORS, rules, strict=True)) for rules in itertools.product(RULES, repeat=3)]
    alike = [dict.fromkeys(FACTORS, rule) for rule in RULES]
    return alike + random.Random(3).sample(every, 20)


@pytest.mark.parametrize("rules", some_rules(), ids=lambda rules: "-".join(rules.values()))
@pytest.mark.parametrize("weights", ["ignored", "used"])
def test_factors_count_as_the_page_says(
    rules: dict[str, str], weights: str, tmp_path: Path
) -> None:
    (tmp_path / "s.txt").write_text(SOURCES)
    chosen = semantics({**rules, "source_weights": weights})
    for extra in ([], CUT, WATER):
        trace = trace_of([*MANY, *chosen, *extra], tmp_path)
        expected = Expected(trace, rules).value()
        assert trace.at("P", "val") == pytest.approx([expected], rel=1e-12)


def test_cut_off_leaves_some_sources_out(tmp_path: Path) -> None:
    """What the test above relies on."""
    (tmp_path / "s.txt").write_text(SOURCES)
    trace = trace_of([*MANY, *CUT], tmp_path)
    expected = Expected(trace, {})
    rejected = [expected.rejected(at) for at in expected.places()]
    assert rejected[0]
    assert not all(rejected)


def test_everything_rejected_leaves_no_polarisation(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text(SOURCES)
    for rule in ("first", "last", "mean"):
        args = [*MANY, *semantics({"polarization": rule}), "-dmin", "1000", *WATER]
        assert trace_of(args, tmp_path).at("P", "polar") == [0]
        assert render(args, tmp_path, (8, 8)).max() == 0


def test_without_polarisation_and_thickness(tmp_path: Path) -> None:
    flat = [*SMALL, "-nopolar"]
    for rule in RULES[:-1]:
        trace = trace_of([*flat, *semantics({"polarization": rule, "capture": rule})], tmp_path)
        assert trace.at("P", "polar") == trace.at("P", "capture") == [1]
    plain = render(flat, tmp_path)
    compounding = render([*flat, *semantics({"polarization": "compounding"})], tmp_path)
    assert (compounding < plain).all()  # computed all the same (Q44)
    assert render([*flat, *semantics({"capture": "compounding"})], tmp_path).max() == 0  # Q43


# --- the other options -----------------------------------------------------------------------


def test_source_weights(tmp_path: Path) -> None:
    base = words("-cell 50 60 70 80 90 100 -default_F 10 -N 3 -detpixels 12 -oversample 1")
    lines = SOURCES.splitlines(keepends=True)
    alone = []
    for line in lines:
        (tmp_path / "one.txt").write_text(line)
        alone.append(render([*base, "-nopolar", "-sourcefile", "one.txt"], tmp_path))
    (tmp_path / "s.txt").write_text(SOURCES)
    all_of_them = [*base, "-nopolar", "-sourcefile", "s.txt"]
    ignored = render(all_of_them, tmp_path)
    used = render([*all_of_them, *semantics({"source_weights": "used"})], tmp_path)
    assert ignored == pytest.approx(np.mean(alone, axis=0), rel=1e-12)
    expected = np.average(alone, axis=0, weights=[3, 1, 0.5])
    assert used == pytest.approx(expected, rel=1e-12)
    assert not np.allclose(ignored, used, rtol=1e-3)
    (tmp_path / "s.txt").write_text("-10 0 0 0\n-9 1 0 0\n")
    assert_refused([*all_of_them, *semantics({"source_weights": "used"})], tmp_path, "add up to 0")


def test_phi_carry_over(tmp_path: Path) -> None:
    """Off: the mean of images of single steps. On: the first step repeats the last one (Q19)."""
    steps = [
        render([*SMALL, *words(f"-phi {phi} -osc 0 -phisteps 1")], tmp_path) for phi in (0, 1, 2)
    ]
    scan = [*SMALL, *words("-phi 0 -osc 3 -phisteps 3")]
    off = render([*scan, *semantics({"phi_carry_over": "off"})], tmp_path)
    on = render(scan, tmp_path)
    assert off == pytest.approx(np.mean(steps, axis=0), rel=1e-9)
    carried = np.mean([steps[2], steps[1], steps[2]], axis=0)
    assert on.ravel()[1:] == pytest.approx(carried.ravel()[1:], rel=1e-9)
    assert on[0, 0] != pytest.approx(carried[0, 0], rel=1e-9)  # the first sweep of the run


def test_first_sweep_is_that_of_the_first_pixel_that_counts(tmp_path: Path) -> None:
    scan = [*SMALL, *words("-phi 0 -osc 3 -phisteps 3 -pixel 8 -distance 50")]
    whole = render(scan, tmp_path)
    cut = render([*scan, *words("-dmin 2.2 -roi 0 11 3 11")], tmp_path)
    seen = np.argwhere((cut != 0) & (cut != whole))
    assert (cut[:3] == 0).all()
    assert seen.tolist()[0] == np.argwhere(cut != 0).tolist()[0]


def test_interpolation_fallback(tmp_path: Path) -> None:
    orders = range(-3, 4)
    (tmp_path / "P.hkl").write_text(
        "".join(
            f"{h} {k} {l} {100 + 7 * h + 5 * k + 3 * l}\n"
            for h in orders
            for k in orders
            for l in orders  # noqa: E741
        )
    )
    args = words(
        "-cell 70 80 90 85 95 105 -hkl P.hkl -N 1 -oversample 2 -detpixels 40 -pixel 0.6 "
        "-distance 90 -misset 3 5 7"
    )
    permanent = render(args, tmp_path, (40, 40))
    for threads in ("1", "2", "7"):
        again = render([*args, "-threads", threads], tmp_path, (40, 40))
        assert (again == permanent).all()  # that of serial order
    local = render([*args, *semantics({"interpolation_fallback": "local"})], tmp_path, (40, 40))
    nearest = render([*args, "-nointerpolate"], tmp_path, (40, 40))
    first = np.argwhere(permanent == nearest)[0]
    after = permanent.ravel()[first[0] * 40 + first[1] + 1 :]
    assert (after == nearest.ravel()[-after.size :]).all()
    assert (local[20] != nearest[20]).any()  # inside the table, late in serial order
    assert (permanent[20] == nearest[20]).all()


def test_tricubic_interpolation_is_exact_for_a_linear_table(tmp_path: Path) -> None:
    orders = range(-8, 9)
    (tmp_path / "Q.hkl").write_text(
        "".join(
            f"{h} {k} {l} {100 + 7 * h + 5 * k + 3 * l}\n"
            for h in orders
            for k in orders
            for l in orders  # noqa: E741
        )
    )
    args = words("-cell 70 80 90 85 95 105 -hkl Q.hkl -N 1 -oversample 1 -detpixels 12 -pixel 1")
    trace = trace_of(args, tmp_path)
    at = {"v": 0, "u": 0, "j": 0, "k": 0, "m": 0}
    h, k, l = trace.at("M", "hkl", **at)  # noqa: E741
    assert trace.at("M", "interp_state", **at) == [1]
    assert trace.at("M", "F_cell", **at) == pytest.approx([100 + 7 * h + 5 * k + 3 * l], rel=1e-12)


THICK = words("-detector_thick 900 -detector_abs 600 -nopolar -oversample 1")


@pytest.mark.parametrize(
    ("value", "count", "expected_layers", "dt", "first"),
    [
        ("overshooting", None, 2, 450e-6, 0.0),
        ("overshooting", 1, 2, 900e-6, 0.0),
        ("overshooting", 4, 4, 300e-6, 0.0),
        ("exact", None, 2, 450e-6, 0.5),
        ("exact", 1, 1, 900e-6, 0.5),
        ("exact", 4, 4, 225e-6, 0.5),
    ],
)
def test_thickness_layers(
    value: str, count: int | None, expected_layers: int, dt: float, first: float, tmp_path: Path
) -> None:
    steps = [] if count is None else ["-detector_thicksteps", str(count)]
    chosen = semantics({"thickness_layers": value, "capture": "per-evaluation"})
    trace = trace_of([*SMALL, *THICK, *steps, *chosen], tmp_path)
    assert trace.at("R", "layers") == [expected_layers]
    assert trace.at("R", "dt_m") == pytest.approx([dt], rel=1e-12)
    captured = 0.0
    for layer in range(expected_layers):
        at = {"v": 0, "u": 0} if expected_layers == 1 else {"T": layer, "v": 0, "u": 0}
        assert trace.at("B", "FSO", **at)[2] == pytest.approx((layer + first) * dt, rel=1e-12)
        captured += trace.at("B", "cap_now", **at)[0]
    total = expected_layers * dt / trace.at("B", "parallax", **at)[0]
    assert captured == pytest.approx(1 - math.exp(-total / 600e-6), rel=1e-3)


def test_water_scale(tmp_path: Path) -> None:
    """Once: the background is that of so many molecules. Twice: r_e² Φ more, and per step."""
    args = [*SMALL, *words("-water 30 -default_F 1e-9 -nopolar -phi 1 -osc 1 -phisteps 2")]
    once = trace_of([*args, *semantics({"water_scale": "once"})], tmp_path)
    molecules = 2.57**2 * (30e-6) ** 3 * 1e6 * 6.02214179e23 / 18
    (omega,), (scale,), (steps,) = (
        once.at("P", "omega"),
        once.at("R", "scale"),
        once.at("R", "steps"),
    )
    assert once.at("P", "val") == pytest.approx([molecules * scale * omega], rel=1e-9)
    twice = trace_of([*args, "-fluence", "1e20"], tmp_path)
    (scale,) = twice.at("R", "scale")
    expected = molecules * scale * scale * omega / steps
    assert twice.at("P", "val") == pytest.approx([expected], rel=1e-9)


@pytest.mark.parametrize("shape", ["-gauss_xtal", "-tophat_spots"])
def test_spot_radius(shape: str, tmp_path: Path) -> None:
    args = [*SMALL, shape, *words("-oversample 1 -Na 3 -Nb 5 -Nc 7 -pixel 1")]
    at = {"v": 0, "u": 0, "j": 0, "k": 0, "m": 0}
    per_axis = trace_of([*args, *semantics({"spot_radius": "per-axis"})], tmp_path)
    d = np.array(per_axis.at("M", "dhkl", **at))
    assert per_axis.at("M", "rho", **at) == pytest.approx([np.sum((d * (3, 5, 7)) ** 2)], rel=1e-12)
    product = trace_of(args, tmp_path)
    star = np.array(product.at("R", "recip_regenerated")).reshape(3, 3)
    rho = np.sum((d @ star) ** 2) * (3 * 5 * 7) ** 2
    assert product.at("M", "rho", **at) == pytest.approx([rho], rel=1e-12)
    gauss = 105 * math.exp(-rho / 0.63)
    expected = gauss if shape == "-gauss_xtal" else 105 * (rho < 0.3969)
    assert product.at("M", "F_latt", **at) == pytest.approx([expected], rel=1e-12)


def test_mosaic_generator(tmp_path: Path) -> None:
    args = [*SMALL, *words("-mosaic 1 -mosaic_domains 6")]
    single = trace_of(args, tmp_path)
    double = trace_of([*args, *semantics({"mosaic_generator": "float64"})], tmp_path)
    eta = math.radians(1)
    for m in range(6):
        (r3,) = double.at("M", "r3", m=m)
        assert single.at("M", "r3", m=m) == [r3]
        exact = eta * (1 - r3**2) ** (1 / 3)
        assert double.at("M", "angle_f32", m=m) == pytest.approx([exact], rel=1e-15)
        (rounded,) = single.at("M", "angle_f32", m=m)
        assert rounded == float(np.float32(rounded))
        assert rounded == pytest.approx(exact, rel=3e-7)


# --- the command line ------------------------------------------------------------------------


def test_presets_and_the_last_one_wins(tmp_path: Path) -> None:
    physical = trace_of([*SMALL, "-semantics", "physical"], tmp_path).texts
    capabilities = json.loads(succeed(["--braggscope-capabilities"], tmp_path))
    assert capabilities["semantics"] is True
    options = capabilities["semantic_options"]
    for name, values in options.items():
        expected = values[1] if len(values) == 2 else "per-evaluation"
        assert physical[f"semantics_{name}"] == expected
    both = trace_of(
        [*SMALL, *words("-semantics physical -oversample_omega -semantics capture=mean")], tmp_path
    ).texts
    assert both["semantics_omega"] == "compounding"
    assert both["semantics_capture"] == "mean"
    assert both["semantics_water_scale"] == "once"
    back = trace_of(
        [*SMALL, *words("-semantics physical -oversample_polar -semantics nanobragg")], tmp_path
    ).texts
    assert all(back[f"semantics_{name}"] == values[0] for name, values in options.items())


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("omega=sometimes", ["omega=sometimes", "first, last, mean, per-evaluation, compounding"]),
        ("omega=", ["first, last"]),
        ("colour=red", ["colour=red", "omega", "mosaic_generator"]),
        ("Physical", ["Physical", "physical"]),
        ("phi_carry_over", ["phi_carry_over"]),
    ],
)
def test_unknown_semantics(text: str, mentions: list[str], tmp_path: Path) -> None:
    assert_refused([*SMALL, "-semantics", text], tmp_path, *mentions)
    assert_refused([*SMALL, "-semantics"], tmp_path, "-semantics")
