"""Every semantic option changes an image where it matters, as docs/semantics.md tells."""

from __future__ import annotations

import numpy as np
import pytest

from braggscope.api import PRESETS, Run, Semantics, allowed_values, parse_semantics
from braggscope.experiment import Experiment
from braggscope_torch.engine import create
from tests.conftest import REPOSITORY
from tests.engines.random_agreement import image_of
from tests.engines.semantics_effects import SHOWN_ON, Effect, documented, effects

PAGE = REPOSITORY / "docs" / "semantics.md"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Effect]:
    """Effects of all options."""
    return effects(tmp_path_factory.mktemp("cases"))


def test_every_value_changes_its_case(measured: dict[tuple[str, str], Effect]) -> None:
    assert set(SHOWN_ON) == set(Semantics.model_fields)
    for (option, value), effect in measured.items():
        # Only the generator's precision is too fine for the eye.
        visible = 1e-9 if option == "mosaic_generator" else 1e-4
        assert effect.difference > visible, (option, value)


def test_the_page_tells_the_measured_figures(measured: dict[tuple[str, str], Effect]) -> None:
    told = documented(PAGE.read_text(encoding="utf-8"))
    assert set(told) == set(measured)
    for key, effect in measured.items():
        assert told[key].correlation == pytest.approx(effect.correlation, abs=2e-6), key
        assert told[key].sum_ratio == pytest.approx(effect.sum_ratio, rel=1e-4), key
        assert told[key].difference == pytest.approx(effect.difference, rel=0.06), key


def test_the_page_lists_the_options_and_the_physical_preset() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for option in Semantics.model_fields:
        values = " · ".join(f"`{value}`" for value in allowed_values(option))
        right = getattr(PRESETS["physical"], option)
        assert f"| `{option}` | {values} | `{right}` |" in text


def test_presets_and_options_are_read_from_left_to_right() -> None:
    assert parse_semantics(["physical", "omega=last"]).omega == "last"
    assert parse_semantics(["omega=last", "physical"]) == PRESETS["physical"]
    assert parse_semantics([]) == PRESETS["nanobragg"]


def test_a_solid_angle_of_its_own_converges_with_finer_sampling() -> None:
    sums = {}
    for rule in ("first", "per-evaluation"):
        for oversample in (4, 8):
            flags = (
                "-cell 100 -default_F 100 -N 1 -nopolar -distance 20 -pixel 2 -detpixels 20"
                f" -oversample {oversample}"
            )
            run = Run(
                experiment=Experiment.from_nanobragg(flags.split()),
                engine="torch-cpu",
                semantics=Semantics(omega=rule),
            )
            sums[rule, oversample] = image_of(create("torch-cpu", {}), run)
    first = np.abs(sums["first", 8] / sums["first", 4] - 1).max()
    own = np.abs(sums["per-evaluation", 8] / sums["per-evaluation", 4] - 1).max()
    assert own < 0.1 * first
