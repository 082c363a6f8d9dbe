"""The example experiment: reproducible, symmetric, with Wilson's statistics, and quick enough."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import gemmi
import numpy as np
import pytest

from braggscope.experiment import resolve
from braggscope.experiment.reflections import load_reflections
from braggscope.experiment.toml import load_experiment

EXAMPLES = Path(__file__).parents[2] / "resources" / "examples"
#: Evaluations that both engines do in a few seconds on two cores.
STEP_BUDGET = 4e7


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """make_lysozyme.py as a module."""
    spec = importlib.util.spec_from_file_location("make_lysozyme", EXAMPLES / "make_lysozyme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def mtz() -> gemmi.Mtz:
    """The structure factors as they lie in the repository."""
    return gemmi.read_mtz_file(str(EXAMPLES / "lysozyme.mtz"))


def relative_intensities(mtz: gemmi.Mtz, script: ModuleType) -> np.ndarray:
    """F² over the mean that the script expects."""
    amplitude = np.array(mtz.column_with_label("F").array, dtype=np.float64)
    return amplitude**2 / script.mean_intensities(mtz.make_miller_array())


def is_centric(mtz: gemmi.Mtz) -> np.ndarray:
    return mtz.spacegroup.operations().centric_flag_array(mtz.make_miller_array())


class TestReproducible:
    def test_the_script_makes_the_same_reflections(
        self, mtz: gemmi.Mtz, script: ModuleType
    ) -> None:
        again = script.make_mtz()
        np.testing.assert_array_equal(mtz.make_miller_array(), again.make_miller_array())
        np.testing.assert_allclose(
            mtz.column_with_label("F").array, again.column_with_label("F").array, rtol=1e-6
        )

    def test_the_script_makes_the_same_matrix(self, script: ModuleType) -> None:
        kept = (EXAMPLES / "lysozyme.mat").read_text(encoding="ascii").split()
        again = script.matrix_text().split()
        np.testing.assert_allclose([float(x) for x in kept], [float(x) for x in again], atol=1e-12)

    def test_the_files_say_that_they_are_synthetic(self, mtz: gemmi.Mtz) -> None:
        assert "Synthetic" in mtz.title
        assert "synthetic" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
        assert "synthetic" in (EXAMPLES / "lysozyme.toml").read_text(encoding="utf-8")

    def test_the_file_is_small(self) -> None:
        assert (EXAMPLES / "lysozyme.mtz").stat().st_size < 400_000


class TestSymmetry:
    def test_every_unique_reflection_is_listed_once(
        self, mtz: gemmi.Mtz, script: ModuleType
    ) -> None:
        expected = gemmi.make_miller_array(script.CELL, mtz.spacegroup, script.RESOLUTION_A)
        listed = [tuple(hkl) for hkl in mtz.make_miller_array().tolist()]
        assert len(listed) == len(set(listed))
        assert set(listed) == {tuple(hkl) for hkl in expected.tolist()}

    def test_absences_are_left_out(self, mtz: gemmi.Mtz) -> None:
        hkl = mtz.make_miller_array()
        assert not mtz.spacegroup.operations().systematic_absences(hkl).any()
        axis = hkl[(hkl[:, 0] == 0) & (hkl[:, 1] == 0)]
        assert set(axis[:, 2] % 4) == {0}
        axis = hkl[(hkl[:, 1] == 0) & (hkl[:, 2] == 0)]
        assert set(axis[:, 0] % 2) == {0}

    def test_mates_have_equal_amplitudes_once_expanded(self, mtz: gemmi.Mtz) -> None:
        experiment = load_experiment(EXAMPLES / "lysozyme.toml")
        assert experiment.crystal.structure_factors is not None
        reflections = load_reflections(experiment.crystal.structure_factors)
        table, low = reflections.table(-1.0)
        for op in mtz.spacegroup.operations():
            mates = np.array([op.apply_to_hkl(hkl) for hkl in reflections.hkl[::17].tolist()])
            for sign in (1, -1):
                np.testing.assert_array_equal(
                    table[tuple((sign * mates - low).T)], reflections.amplitude[::17]
                )


class TestWilsonStatistics:
    @pytest.mark.parametrize(("centric", "kurtosis"), [(False, 2.0), (True, 3.0)])
    def test_moments(
        self, mtz: gemmi.Mtz, script: ModuleType, centric: bool, kurtosis: float
    ) -> None:
        """⟨E²⟩ is 1, ⟨E⁴⟩ is 2 or 3, and ⟨|E² - 1|⟩ is 0.736 or 0.968."""
        e_squared = relative_intensities(mtz, script)[is_centric(mtz) == centric]
        spread = {False: 2 / math.e, True: 4 / math.sqrt(2 * math.pi * math.e)}[centric]
        assert np.mean(e_squared) == pytest.approx(1.0, abs=0.05)
        assert np.mean(e_squared**2) == pytest.approx(kurtosis, rel=0.1)
        assert np.mean(np.abs(e_squared - 1)) == pytest.approx(spread, abs=0.03)

    def test_both_kinds_are_plentiful(self, mtz: gemmi.Mtz) -> None:
        centric = is_centric(mtz)
        assert 2000 < np.count_nonzero(centric) < 0.2 * len(centric)

    def test_the_wilson_plot_gives_scale_and_b_factor(
        self, mtz: gemmi.Mtz, script: ModuleType
    ) -> None:
        """ln(⟨I⟩ / ε Σ f²) against 2 s² is a straight line from 0 with slope -B."""
        hkl = mtz.make_miller_array()
        amplitude = np.array(mtz.column_with_label("F").array, dtype=np.float64)
        stol2 = script.CELL.calculate_1_d2_array(hkl) / 4.0
        # The expected mean without its temperature factor is what the atoms at rest would give.
        at_rest = script.mean_intensities(hkl) * np.exp(2.0 * script.WILSON_B_A2 * stol2)
        order = np.argsort(stol2)[200:]
        shells = np.array_split(order, 30)
        ratio = [np.log(np.mean(amplitude[shell] ** 2 / at_rest[shell])) for shell in shells]
        middle = [2.0 * np.mean(stol2[shell]) for shell in shells]
        slope, intercept = np.polyfit(middle, ratio, 1)
        assert -slope == pytest.approx(script.WILSON_B_A2, abs=1.5)
        assert intercept == pytest.approx(0.0, abs=0.15)

    def test_the_scale_is_that_of_electrons(self, script: ModuleType) -> None:
        """At zero angle, ⟨F²⟩ / ε is the sum of Z² over the atoms of the cell."""
        atomic_numbers = {"C": 6, "N": 7, "O": 8, "S": 16}
        expected = 8 * sum(n * atomic_numbers[name] ** 2 for name, n in script.ATOMS.items())
        mean = script.mean_intensities(np.array([[0, 0, 0]], dtype=np.int32))[0]
        operations = gemmi.find_spacegroup_by_name(script.SPACE_GROUP).operations()
        assert mean / operations.epsilon_factor([0, 0, 0]) == pytest.approx(expected, rel=0.01)


class TestExperiment:
    def test_it_loads_and_resolves_within_the_budget(self, script: ModuleType) -> None:
        experiment = load_experiment(EXAMPLES / "lysozyme.toml")
        setup = resolve(experiment)
        slow, fast = setup.detector.shape
        assert (slow, fast) == (1062, 1028)
        assert setup.notes == ()
        assert setup.steps * slow * fast <= STEP_BUDGET
        assert experiment.beam.wavelength_A == script.WAVELENGTH_A

    def test_cell_and_matrix_agree(self, script: ModuleType) -> None:
        """So that dropping either from the experiment changes nothing that can be seen."""
        both = load_experiment(EXAMPLES / "lysozyme.toml")
        matrix_alone = both.with_override("crystal.cell", None)
        np.testing.assert_allclose(
            resolve(both).crystal.direct_m, resolve(matrix_alone).crystal.direct_m, rtol=1e-10
        )
        lengths = np.linalg.norm(resolve(both).crystal.direct_m, axis=1) * 1e10
        np.testing.assert_allclose(lengths, script.CELL.parameters[:3], rtol=1e-12)

    def test_the_reflections_reach_the_corners(self, script: ModuleType) -> None:
        setup = resolve(load_experiment(EXAMPLES / "lysozyme.toml"))
        detector = setup.detector
        corners = [
            detector.pix0_m
            + f * detector.fast_pixels * detector.pixel_m * detector.fast
            + s * detector.slow_pixels * detector.pixel_m * detector.slow
            for f in (0, 1)
            for s in (0, 1)
        ]
        directions = [corner / np.linalg.norm(corner) for corner in corners]
        q_per_m = [np.linalg.norm(d - setup.beam.incident[0]) for d in directions]
        finest_A = setup.beam.wavelength_m[0] / max(q_per_m) * 1e10
        assert finest_A > script.RESOLUTION_A
