"""Structure factors from MTZ, CIF and atomic models, and written again."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import export_file, import_file
from braggscope.experiment.model import UnitCell
from braggscope.experiment.reflections import (
    Reflections,
    amplitude_columns,
    cell_of,
    is_nanobragg_text,
    load_reflections,
    structure_factors_from,
    write_hkl,
)

INDEX = st.integers(-9, 9)
ROWS = st.dictionaries(
    st.tuples(INDEX, INDEX, INDEX), st.floats(0, 1e6, width=32), min_size=1, max_size=30
)
CELL = UnitCell(a_A=51.123456789, b_A=62.0, c_A=73.0, beta_deg=98.7654321)


def read(path: Path, column: str | None = None, resolution_A: float | None = None) -> Reflections:
    return load_reflections(structure_factors_from(path, column, resolution_A))


def as_dict(reflections: Reflections) -> dict[tuple[int, ...], float]:
    rows = zip(reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True)
    return {tuple(hkl): amplitude for hkl, amplitude in rows}


def write_mtz(path: Path, group: str, columns: str, rows: list[tuple[float, ...]]) -> Path:
    """An MTZ file with columns such as "IMEAN J, SIGI Q"."""
    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = gemmi.SpaceGroup(group)
    mtz.set_cell_for_all(gemmi.UnitCell(50, 50, 70, 90, 90, 90))
    mtz.add_dataset("data").wavelength = 0.9
    for column in columns.split(", "):
        mtz.add_column(*column.split())
    mtz.set_data(np.array(rows, dtype=np.float32))
    mtz.write_to_file(str(path))
    return path


@pytest.mark.parametrize("suffix", [".mtz", ".cif"])
@given(rows=ROWS)
@settings(deadline=None, max_examples=40)
def test_written_structure_factors_are_read_again(
    suffix: str, rows: dict[Any, float], tmp_path_factory
) -> None:
    """Single-precision amplitudes and their Friedel mates come back bit by bit."""
    folder = tmp_path_factory.mktemp("factors")
    for (h, k, index_l), amplitude in list(rows.items()):
        rows.setdefault((-h, -k, -index_l), amplitude)
    hkl = np.array(list(rows), dtype=np.int32)
    write_hkl(Reflections(hkl, np.array(list(rows.values()))), folder / "x.hkl")
    factors = structure_factors_from(folder / "x.hkl")
    experiment = Experiment.build(
        {
            "beam": {"wavelength_A": 1.25},
            "crystal": {"cell": CELL.model_dump(), "structure_factors": factors},
        }
    )
    lost = export_file(experiment, folder / f"y{suffix}").lost
    assert not any("single" in part or "mate" in part for part in lost)
    assert as_dict(read(folder / f"y{suffix}")) == rows
    again = import_file(folder / f"y{suffix}")
    assert again.beam.wavelength_A == 1.25
    assert again.crystal.cell is not None
    tolerance = 0 if suffix == ".cif" else 1e-4
    for ours, theirs in zip(
        again.crystal.cell.model_dump().values(), CELL.model_dump().values(), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=tolerance, rel=0)


def test_what_mtz_and_cif_lose_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.hkl").write_text("1 2 3 0.1\n")
    experiment = import_file(
        tmp_path / "x.hkl", Experiment.build({"crystal": {"cell": CELL, "default_F": 2}})
    )
    lost = "\n".join(export_file(experiment, tmp_path / "x.mtz").lost)
    for words in ("everything but", "single precision", "default_F = 2", "1 reflections"):
        assert words in lost


def test_intensities_give_roots_and_negative_ones_nothing(tmp_path: Path) -> None:
    path = write_mtz(
        tmp_path / "x.mtz",
        "P 1",
        "IMEAN J, SIGIMEAN Q",
        [(1, 0, 0, 25, 1), (0, 1, 0, -3, 1), (0, 0, 1, np.nan, 1)],
    )
    factors = read(path)
    assert as_dict(factors) == {(1, 0, 0): 5, (-1, 0, 0): 5, (0, 1, 0): 0, (0, -1, 0): 0}
    assert any("1 of 2 intensities were negative" in note for note in factors.notes)


@pytest.mark.parametrize("kinds", ["F(+) G, F(-) G", "I(+) K, I(-) K", "F(-) G, F(+) G"])
@pytest.mark.parametrize("wanted", [None, 0, 1])
def test_friedel_pairs_stay_apart(kinds: str, wanted: int | None, tmp_path: Path) -> None:
    square = "I" in kinds
    plus, minus = (25, 9) if square else (5, 3)
    pair = (minus, plus) if kinds.startswith("F(-)") else (plus, minus)
    one = (np.nan, plus) if kinds.startswith("F(-)") else (plus, np.nan)
    path = write_mtz(tmp_path / "x.mtz", "P 2", kinds, [(1, 2, 3, *pair), (4, 5, 6, *one)])
    column = None if wanted is None else kinds.split(", ")[wanted].split()[0]
    factors = as_dict(read(path, column))
    assert factors[1, 2, 3] == factors[-1, 2, -3] == 5
    assert factors[-1, -2, -3] == factors[1, -2, 3] == 3
    assert factors[4, 5, 6] == factors[-4, -5, -6] == 5


def test_amplitudes_are_preferred_to_intensities(tmp_path: Path) -> None:
    path = write_mtz(tmp_path / "x.mtz", "P 1", "I J, FP F", [(1, 0, 0, 4, 7)])
    assert read(path).amplitude.tolist() == [7, 7]
    assert read(path, "I").amplitude.tolist() == [2, 2]
    assert amplitude_columns(path) == ["I", "FP"]
    assert import_file(path).beam.wavelength_A == pytest.approx(0.9)


def test_mtz_files_without_structure_factors_are_refused(tmp_path: Path) -> None:
    path = write_mtz(tmp_path / "x.mtz", "P 1", "PHI P", [(1, 0, 0, 4)])
    with pytest.raises(InvalidInput, match="no column of amplitudes or intensities"):
        read(path)


CIF = """data_r1abcsf
_cell.length_a 50
_cell.length_b 60
_cell.length_c 70
_cell.angle_alpha 90
_cell.angle_beta 90
_cell.angle_gamma 90
_symmetry.space_group_name_H-M 'P 21 21 21'
loop_
_refln.index_h
_refln.index_k
_refln.index_l
_refln.status
{names}
{rows}
"""


@pytest.mark.parametrize(
    ("names", "rows", "column", "expected"),
    [
        ("_refln.F_meas_au\n_refln.F_meas_sigma_au", "1 2 3 o 5 .1\n2 2 2 x 9 .1", None, 5),
        ("_refln.intensity_meas\n_refln.F_calc", "1 2 3 o 25 7", None, 5),
        ("_refln.intensity_meas\n_refln.F_calc", "1 2 3 o 25 7", "F_calc", 7),
        ("_refln.pdbx_I_plus\n_refln.pdbx_I_minus", "1 2 3 o 25 25", None, 5),
        ("_refln.F_calc_au", "1 2 3 o 5\n4 4 4 o ?", None, 5),
    ],
)
def test_cif_columns(
    names: str, rows: str, column: str | None, expected: float, tmp_path: Path
) -> None:
    path = tmp_path / "x.cif"
    path.write_text(CIF.format(names=names, rows=rows))
    factors = read(path, column)
    assert set(map(tuple, np.abs(factors.hkl).tolist())) == {(1, 2, 3)}
    assert set(factors.amplitude.tolist()) == {expected}
    assert len(factors.amplitude) == 8
    assert cell_of(path) == UnitCell(a_A=50, b_A=60, c_A=70)
    with pytest.raises(InvalidInput, match="no column NOPE"):
        read(path, "NOPE")


def test_small_molecule_cif(tmp_path: Path) -> None:
    path = tmp_path / "x.cif"
    path.write_text(
        "data_x\n_cell_length_a 5\n_cell_length_b 6\n_cell_length_c 7\n_cell_angle_alpha 90\n"
        "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_refln_index_h\n_refln_index_k\n"
        "_refln_index_l\n_refln_F_squared_meas\n1 2 3 16\n"
    )
    assert set(read(path).amplitude.tolist()) == {4}


MODEL = "CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 {group}\n"
ATOM = "ATOM      1  C   ALA A   1       1.000   2.000   3.000  1.00 10.00           C\nEND\n"


def test_models_give_the_sums_over_their_atoms(shared: Path) -> None:
    """Against gemmi's direct summation, and a symmetry that the model's group demands."""
    path = shared / "data" / "5e5z.pdb"
    if not path.is_file():
        pytest.skip("5e5z.pdb is not among the reference data")
    factors = read(path)
    structure = gemmi.read_structure(str(path))
    direct = gemmi.StructureFactorCalculatorX(structure.cell)
    for hkl, amplitude in zip(factors.hkl[::20].tolist(), factors.amplitude[::20], strict=True):
        expected = abs(direct.calculate_sf_from_model(structure[0], hkl))
        assert amplitude == pytest.approx(expected, abs=1e-3)
    table = as_dict(factors)
    assert all(table[-h, k, -index_l] == value for (h, k, index_l), value in table.items())


def test_a_model_says_its_resolution_or_takes_the_usual_one(shared: Path, tmp_path: Path) -> None:
    assert structure_factors_from(shared / "data" / "1lzh.pdb.gz").resolution_A == 6.0
    (tmp_path / "x.pdb").write_text(MODEL.format(group="P 1") + ATOM)
    reference = structure_factors_from(tmp_path / "x.pdb")
    assert reference.resolution_A == 2.0
    factors = load_reflections(reference)
    stol_squared = np.sum((factors.hkl / [20.0, 30.0, 40.0]) ** 2, axis=1)
    assert 1 / np.sqrt(stol_squared.max()) == pytest.approx(2.0, abs=0.01)
    assert any("2 Å" in note for note in factors.notes)
    assert len(read(tmp_path / "x.pdb", resolution_A=4.0).amplitude) < len(factors.amplitude) / 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ATOM, "no unit cell"),
        (MODEL.format(group="P 9 9 9") + ATOM, "space group"),
        (MODEL.format(group="P 1"), "no atoms"),
        (MODEL.format(group="P 1").replace("30.000", " 0.000") + ATOM, "no unit cell"),
        (MODEL.format(group="P 1") + ATOM.replace(" 10.00", "9e9999"), "cannot be used"),
        (MODEL.format(group="P 1") + ATOM.replace(" 10.00", "5000.0"), "cannot be used"),
    ],
)
def test_models_without_a_crystal_are_refused(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(content)
    with pytest.raises(InvalidInput, match=expected):
        structure_factors_from(tmp_path / "x.pdb")


def test_only_nanobraggs_text_goes_to_its_programs_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_text("1 2 3 4\n")
    (tmp_path / "x.hkl.gz").write_bytes(gzip.compress(b"1 2 3 4\n"))
    (tmp_path / "x.pdb").write_text(MODEL.format(group="P 1") + ATOM)
    names = ("x.dat", "x.hkl.gz", "x.pdb")
    assert [is_nanobragg_text(structure_factors_from(tmp_path / name)) for name in names] == [
        True,
        False,
        False,
    ]


def test_a_resolution_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(MODEL.format(group="P 1") + ATOM)
    with pytest.raises(InvalidInput, match="too much memory"):
        read(tmp_path / "x.pdb", resolution_A=0.1)
