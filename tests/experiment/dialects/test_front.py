"""The front doors: formats by content, parts that join, files that are no good."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import (
    UNDERSTOOD,
    Choice,
    apply,
    export_file,
    import_file,
    merge,
    read_file,
)
from tests.experiment.dialects.test_headers import ADSC, REST, write

PDB = (
    "CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 P 21 21 21    4\n"
    "ATOM      1  C   ALA A   1       1.000   2.000   3.000  1.00 10.00           C\n"
    "ATOM      2  O   ALA A   1       4.000   8.000  13.000  1.00 10.00           O\n"
    "END\n"
)
SUFFIXES = (
    ".toml", ".expt", ".img", ".smv", ".cbf", ".mat", ".mtz", ".cif", ".mmcif", ".pdb", ".hkl",
    ".cbf.gz", ".pdb.gz", ".dat", "",
)  # fmt: skip
GARBAGE = {
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "text": b"this is no experiment\n",
    "json": b'{"a": [1, 2',
    "other json": b'{"a": 1}',
    "deep json": b"[" * 100_000,
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
    "gzip cut short": gzip.compress(bytes(10_000))[:20],
    "mtz cut short": b"MTZ \x40\x00\x00\x00",
    "cbf cut short": b"###CBF: VERSION 1.5\ndata_x\n",
    "cif without values": b"data_x\nloop_\n_refln.index_h\n",
    "cif cut short": b"data_x\nloop_\n_refln.index_h\n_refln.F_meas_au\n1",
    "pdb without atoms": b"CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 P 1\n",
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_good_is_refused_with_its_name(
    content: bytes, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        import_file(path, REST)
    message = str(caught.value)
    assert "bad" in message or caught.value.why


def test_what_is_understood_is_listed(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_bytes(b"?")
    with pytest.raises(InvalidInput) as caught:
        read_file(tmp_path / "x.dat")
    assert all(words in caught.value.remedy for words in UNDERSTOOD)
    for missing in (tmp_path / "nowhere.expt", tmp_path):
        with pytest.raises(InvalidInput):
            read_file(missing)


def test_content_counts_more_than_the_name(tmp_path: Path) -> None:
    assert import_file(write(ADSC, tmp_path / "x.toml"), REST).detector.pixels_slow == 2300
    (tmp_path / "x.dat").write_bytes(gzip.compress(PDB.encode()))
    assert import_file(tmp_path / "x.dat").crystal.cell is not None


def test_a_model_alone_is_an_experiment(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    experiment = import_file(tmp_path / "x.pdb", choice=Choice(resolution_A=3.0))
    factors = experiment.crystal.structure_factors
    assert factors is not None
    assert factors.resolution_A == 3.0
    assert experiment.crystal.cell is not None
    assert experiment.crystal.cell.c_A == 40


def test_parts_join_in_either_order_and_the_matrix_stays(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    (tmp_path / "x.mat").write_text("0.05 0 0 0 0.04 0 0 0 0.03")
    header = read_file(write(ADSC, tmp_path / "x.img"))
    parts = merge(read_file(tmp_path / "x.pdb"), merge(header, read_file(tmp_path / "x.mat")))
    one = apply(None, parts)
    other = apply(merge(read_file(tmp_path / "x.mat"), header), read_file(tmp_path / "x.pdb"))
    assert resolve(one).digest() == resolve(other).digest()
    assert one.crystal.cell is None
    assert one.crystal.structure_factors is not None
    assert one.source_of("detector.distance_mm") == "x.img"


def test_a_part_alone_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="structure factors") as caught:
        import_file(write(ADSC, tmp_path / "x.img"))
    assert "cell or orientation" in str(caught.value)
    assert "--base" in caught.value.remedy


def test_an_experiment_as_toml_goes_through_the_same_doors(tmp_path: Path) -> None:
    assert export_file(REST, tmp_path / "x.toml").lost == ()
    assert resolve(import_file(tmp_path / "x.toml")).digest() == resolve(REST).digest()
    experiment = import_file(write(ADSC, tmp_path / "x.img"), read_file(tmp_path / "x.toml"))
    assert experiment.crystal == REST.crystal


def test_other_names_cannot_be_written(tmp_path: Path) -> None:
    for name in ("x.png", "x", "x.expt.gz"):
        with pytest.raises(InvalidInput, match=r"\.expt"):
            export_file(REST, tmp_path / name)
    with pytest.raises(InvalidInput, match="cannot write"):
        export_file(REST, tmp_path / "no" / "x.expt")
    with pytest.raises(InvalidInput, match="no structure factors"):
        export_file(REST, tmp_path / "x.mtz")
    assert not list(tmp_path.iterdir())


def test_a_wavelength_out_of_range_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="wavelength_A"):
        import_file(write(ADSC.replace("1.1159", "-1"), tmp_path / "x.img"), REST)


def test_an_experiment_keeps_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    export_file(import_file(tmp_path / "x.pdb"), tmp_path / "x.toml")
    assert isinstance(import_file(tmp_path / "x.toml"), Experiment)
    (tmp_path / "x.pdb").write_text(PDB.replace("10.00", "20.00"))
    with pytest.raises(InvalidInput, match="not the file"):
        import_file(tmp_path / "x.toml")
