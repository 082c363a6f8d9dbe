"""Structure factors from text and MTZ files."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.errors import InvalidInput
from braggscope.experiment import hkl_text
from braggscope.experiment.dump_file import dump_bytes
from braggscope.experiment.reflections import (
    Reflections,
    amplitude_columns,
    cell_of,
    expand_to_p1,
    file_warnings,
    load_reflections,
    structure_factors_from,
    write_hkl,
)

INDEX = st.integers(-20, 20)
ROWS = st.lists(
    st.tuples(INDEX, INDEX, INDEX, st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=30
)


def read(path: Path, column: str | None = None) -> Reflections:
    return load_reflections(structure_factors_from(path, column))


@given(rows=ROWS)
def test_text_files_keep_every_bit(
    rows: list[tuple[int, int, int, float]], tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("hkl") / "f.hkl"
    hkl = np.array([row[:3] for row in rows], dtype=np.int32)
    amplitude = np.array([row[3] for row in rows])
    write_hkl(Reflections(hkl, amplitude), path)
    again = read(path)
    assert np.array_equal(again.hkl, hkl)
    assert np.array_equal(again.amplitude, amplitude)


def test_later_duplicates_win_and_gaps_take_the_default(tmp_path: Path) -> None:
    (tmp_path / "f.hkl").write_text("0 0 0 1\n0 0 2 5\n0 0 0 7\n")
    table, low = read(tmp_path / "f.hkl").table(default_f=3.0)
    assert low == (0, 0, 0)
    assert table[0, 0].tolist() == [7.0, 3.0, 5.0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "no reflections"),
        (b"1 2 3\n", "no reflections"),
        (b"h k l F\n1 2 3 4\n", "no reflections"),
        (b"1 2 3 nan\n", "reflection 1"),
        (b"\x00\xff\x80garbage", "no reflections"),
        (b"0 0 0 1\n999999 999999 999999 1\n", "too many"),
        (b"1e9 0 0 1\n", "reflection 1"),
        (b"MTZ garbage", "cannot read the MTZ"),
    ],
)
def test_bad_files_are_refused(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.hkl"
    path.write_bytes(content)
    for strict in (True, False):
        with pytest.raises(InvalidInput, match=expected) as caught:
            structure_factors_from(path, strict=strict)
        assert "bad.hkl" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "warning", "rows", "high"),
    [
        (b"1 2 3 4 5\n", "5 columns", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"1 2 3 4 5\n6 7 8\n", "5 columns", [[1, 2, 3, 4], [5, 6, 7, 8]], [5, 6, 7]),
        (b"1 2 3 4\n1.5 2 3 4\n", "not a whole number", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"1 2 3 4\n7.0 2 3 4\n", "uses 1 of its 2", [[1, 2, 3, 4]], [7, 2, 3]),
        (b"1 2 3 4\n1 2 x 4\n", "stops reading at line 2", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"1 2 3 4\n1 2\n", "incomplete", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"1 2 3 4 x\n", "stops reading at line 1", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"1 2 3 4\n5.0 6 789", "incomplete", [[1, 2, 3, 4]], [1, 2, 3]),
        (b"0 9 -3.5 1\n", "not a whole number", [[0, 9, -3, 0.5]], [0, 9, -3]),
        (b"1 2 3 4 # F\n5 6 7 8\n", "no comments", [[1, 2, 3, 4]], [1, 2, 3]),
    ],
)
def test_text_is_read_in_nanobraggs_two_passes(
    content: bytes, warning: str, rows: list[list[float]], high: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "odd.hkl"
    path.write_bytes(content)
    reference = structure_factors_from(path, strict=False)
    reflections = load_reflections(reference)
    assert np.column_stack([reflections.hkl, reflections.amplitude]).tolist() == rows
    assert reflections.range[1].tolist() == high
    assert any(warning in text for text in file_warnings(reference))
    with pytest.raises(InvalidInput, match=warning):
        structure_factors_from(path)


def test_dump_files_are_tables(tmp_path: Path) -> None:
    table = np.arange(24.0).reshape(2, 3, 4)
    path = tmp_path / "Fdump.bin"
    path.write_bytes(dump_bytes(table, (-1, 0, 2)))
    assert path.read_bytes().startswith(b"-1 0 0 2 2 5\n\f")
    assert len(path.read_bytes()) == 14 + 8 * 3 * 4 * 5
    again, low = read(path).table(default_f=7.0)
    assert low == (-1, 0, 2)
    assert np.array_equal(again, table)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda content: content[:-1], "1 bytes too short"),
        (lambda content: content[:13] + b"\x20" + content[14:], "white-space byte"),
        (lambda content: content.replace(b"0 1 ", b"1 0 ", 1), "index ranges"),
        (lambda content: content[:13] + np.float64(np.nan).tobytes() + content[21:], "not finite"),
    ],
)
def test_broken_dumps_are_named(change, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "Fdump.bin"
    path.write_bytes(change(dump_bytes(np.ones((2, 2, 2)), (0, 0, 0))))
    with pytest.raises(InvalidInput, match=expected) as caught:
        structure_factors_from(path)
    assert "Fdump.bin" in str(caught.value)


def test_only_mtz_files_have_columns(tmp_path: Path) -> None:
    (tmp_path / "f.hkl").write_text("0 0 0 1\n")
    with pytest.raises(InvalidInput, match="no column 'F'"):
        structure_factors_from(tmp_path / "f.hkl", "F")


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "f.hkl"
    path.write_text("0 0 1 10\n")
    reference = structure_factors_from(path)
    path.write_text("0 0 1 11\n")
    with pytest.raises(InvalidInput, match="has changed"):
        load_reflections(reference)


def test_expansion_to_p1_follows_the_space_group() -> None:
    group = gemmi.SpaceGroup("P 43 21 2")
    expanded = expand_to_p1(np.array([[1, 2, 3]], dtype=np.int32), np.array([7.0]), group)
    mates = {tuple(row) for row in expanded.hkl.tolist()}
    assert len(mates) == 16
    assert {(1, 2, 3), (-1, -2, -3), (2, 1, -3), (-2, 1, 3)} <= mates
    assert set(expanded.amplitude.tolist()) == {7.0}


def test_real_mtz(shared: Path) -> None:
    path = shared / "data" / "lysozyme_microed.mtz"
    reflections = read(path, "FC")
    table, low = reflections.table(default_f=0.0)
    assert len(reflections.amplitude) > 3 * 8145
    for h, k, index_l in reflections.hkl[:200].tolist():
        values = {
            table[i - low[0], j - low[1], m - low[2]]
            for i, j, m in (
                (h, k, index_l),
                (-h, -k, -index_l),
                (-h, -k, index_l),
                (h, -k, -index_l),
            )
        }
        assert len(values) == 1
    assert cell_of(path).a_A == pytest.approx(104, abs=1)


def test_mtz_columns_are_found_or_named(shared: Path) -> None:
    path = shared / "data" / "lysozyme_microed.mtz"
    assert len(read(path).amplitude) > 0
    with pytest.raises(InvalidInput, match="FC_ALL"):
        structure_factors_from(path, "NOPE")
    with pytest.raises(InvalidInput, match="does not hold amplitudes"):
        structure_factors_from(path, "H")
    assert amplitude_columns(path)[:2] == ["F", "FC"]


ANY_INDEX = st.integers(-3, 3) | st.integers(-(2**31), 2**31 - 1)


@given(st.lists(st.tuples(ANY_INDEX, ANY_INDEX, ANY_INDEX), max_size=40))
def test_the_last_of_duplicates_stays_whatever_the_indices(rows: list[tuple[int, ...]]) -> None:
    hkl = np.array(rows, dtype=np.int32).reshape(-1, 3)
    once = Reflections(hkl, np.arange(len(rows), dtype=np.float64)).without_duplicates()
    expected = {row: float(place) for place, row in enumerate(rows)}
    assert [tuple(row) for row in once.hkl.tolist()] == sorted(expected)
    assert once.amplitude.tolist() == [expected[row] for row in sorted(expected)]


_WORD = st.one_of(
    st.integers(-999, 999).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.sampled_from(["1.", ".5", "+3", "1e2", "1E-3", "5-3", "1.2.3", "--1", "1e", "e5", "."]),
)
_BREAK = st.sampled_from([" ", "  ", "\t", "\n", "\n\n", "\r\n"])


@given(st.lists(st.tuples(_WORD, _BREAK), max_size=24), st.sampled_from([8, 30, 2**20]))
def test_the_fast_way_through_a_list_reads_what_scanf_reads(
    pieces: list[tuple[str, str]], size: int
) -> None:
    content = "".join(word + gap for word, gap in pieces).encode()
    first, second, _ = hkl_text._scanned(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hkl_text, "_PIECE", size)
        found = hkl_text._tidy(content)
    if found is not None:
        assert np.array_equal(found[0], first)
        assert np.array_equal(found[1], second)


_GOOD_LINE = st.tuples(
    *[st.integers(-99, 99)] * 3,
    st.sampled_from(["1.", ".5", "+3", "007", "1e2", "1E-3", "-0", "12345678901234567890123"])
    | st.floats(0, 1e6).map(repr),
)


@given(st.lists(_GOOD_LINE, min_size=1), st.sampled_from([8, 30, 2**20]))
def test_numbers_are_read_as_c_reads_them_whatever_the_pieces(
    lines: list[tuple[object, ...]], size: int
) -> None:
    content = "".join(" ".join(map(str, line)) + "\n" for line in lines).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hkl_text, "_PIECE", size)
        found = hkl_text._tidy(content)
    assert found is not None
    assert found[0].tolist() == hkl_text._scanned(content)[0].tolist()


@given(st.lists(st.tuples(*[st.integers(-99, 99)] * 3, st.floats(0, 1e6)), min_size=1))
def test_a_clean_list_is_read_the_fast_way(rows: list[tuple[float, ...]]) -> None:
    content = "\n".join(" ".join(map(repr, row)) for row in rows).encode()
    found = hkl_text._tidy(content)
    assert found is not None
    assert found[0].tolist() == [list(row) for row in rows]
