"""Sessions as files: all comes back, plain HDF5 programs read them, damage is told."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from braggscope.api import Cancelled, DetectorImage, InvalidInput, Provenance, Run
from braggscope.experiment.reflections import structure_factors_from
from braggscope.openable import is_session
from braggscope.session_files.container import FORMAT, Watch
from braggscope.session_files.model import SESSION_NOTE, SavedDocument, SavedRow, SavedSession
from braggscope.session_files.session_file import (
    SessionContent,
    read_session,
    write_session,
)
from tests.session_files.samples import EXPERIMENT, content, image, session

SEAL_BYTES = len(b"\nbraggscope sha256 ") + 64 + 1


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "a.session.h5"
    write_session(path, content())
    return path


def sealed_anew(path: Path) -> None:
    """As a program that knows the seal might have written it."""
    body = path.read_bytes()[:-SEAL_BYTES]
    digest = hashlib.sha256(body).hexdigest().encode()
    path.write_bytes(body + b"\nbraggscope sha256 " + digest + b"\n")


def test_everything_comes_back(written: Path) -> None:
    wanted, found = content(), read_session(written)
    assert found.saved == wanted.saved
    assert found.images.keys() == wanted.images.keys()
    for row, was in wanted.images.items():
        now = found.images[row]
        assert now.data.dtype == was.data.dtype
        assert now.data.tobytes() == was.data.tobytes()
        assert (now.mask is None) == (was.mask is None)
        assert was.mask is None or np.array_equal(now.mask, was.mask)
        assert not now.data.flags.writeable
        assert now.provenance.run == was.provenance.run
        assert now.provenance.command == ("a", "b c")
        assert now.provenance.notes == ("n", SESSION_NOTE)
        assert now.provenance.wall_time_s == 1.5
    assert found.selection is not None
    assert found.selection.tolist() == [3, 5, 900]


def test_saved_again_an_image_is_from_one_session(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "b.session.h5"
    write_session(again, read_session(written))
    assert read_session(again).images[1].provenance.notes == ("n", SESSION_NOTE)


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    shape=st.tuples(st.integers(0, 70), st.integers(0, 70)),
    dtype=st.sampled_from(["uint8", "int16", "int64", "float32", ">f8", "bool"]),
    masked=st.booleans(),
)
def test_arrays_of_any_shape_and_type(
    shape: tuple[int, int], dtype: str, masked: bool, tmp_path: Path
) -> None:
    was = image(shape, dtype, masked)
    path = tmp_path / "a.session.h5"
    write_session(path, SessionContent(session(), {1: was}))
    now = read_session(path).images[1]
    assert now.data.dtype == was.data.dtype
    assert now.data.tobytes() == was.data.tobytes()


def test_plain_h5py_reads_pixels_and_what_was_said(written: Path) -> None:
    code = f"""
        import h5py, json, sys
        with h5py.File({str(written)!r}) as file:
            image = file["images/2/data"][()]
            said = json.loads(file["session"].asstr()[()])
            origin = json.loads(file["images/2/provenance"].asstr()[()])
        assert "hdf5plugin" not in sys.modules
        print(image.sum(), said["sides"], origin["command"], origin["engine_version"])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    total = content().images[2].data.sum()
    assert done.stdout.split("\n")[0] == f"{total} [4, 1] ['a', 'b c'] 1.2"


def test_a_session_is_known_by_its_content(written: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.h5"
    renamed.write_bytes(written.read_bytes())
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["data"] = np.zeros((3, 3))
    assert is_session(renamed)
    long = tmp_path / ("ä" * 100) / ("b" * 200) / "c.h5"
    long.parent.mkdir(parents=True)
    many = {row: image((3, 3)) for row in range(1, 60)}
    write_session(long, SessionContent(session(), many, np.arange(5)))
    assert is_session(long)
    assert not is_session(other)
    assert not is_session(tmp_path / "missing.h5")
    assert read_session(renamed).saved == session()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.session.h5", tmp_path / "link.session.h5"
    link.symlink_to(target.name)
    write_session(link, content())
    assert link.is_symlink()
    assert read_session(target).saved == session()


def test_files_that_moved_with_the_session_are_found_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new" / "place"
    (old / "data").mkdir(parents=True)
    (old / "data" / "a.hkl").write_text("1 0 0 10\n0 1 0 20\n")
    (old / "a.npy").write_bytes(b"any")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("")
    experiment = EXPERIMENT.with_override(
        "crystal.structure_factors", structure_factors_from(old / "data" / "a.hkl")
    )
    rows = (
        SavedRow(id=1, engine="torch-cpu", options=(("precision", "mixed"),)),
        SavedRow(id=2, engine="file", options=(("path", str(old / "a.npy")),)),
    )
    run = Run(experiment=experiment, engine="file", options=(("path", str(old / "a.npy")),))
    was = SavedSession(
        experiment=experiment,
        document=SavedDocument(name="elsewhere.toml", path=elsewhere),
        rows=rows,
        sides=(1, 2),
    )
    images = {2: DetectorImage(np.zeros((3, 4)), None, Provenance(run))}
    write_session(old / "a.session.h5", SessionContent(was, images))
    new.parent.mkdir()
    old.rename(new)
    found = read_session(new / "a.session.h5")
    assert found.saved.experiment is not None
    factors = found.saved.experiment.crystal.structure_factors
    assert factors is not None
    assert factors.path == new / "data" / "a.hkl"
    assert found.saved.rows[1].options == (("path", str(new / "a.npy")),)
    assert found.saved.rows[0] == rows[0]
    assert found.saved.document.path == elsewhere
    run_now = found.images[2].provenance.run
    assert run_now is not None
    assert run_now.experiment == found.saved.experiment
    assert run_now.options == found.saved.rows[1].options
    # What is nowhere keeps its name: the error that follows says what is missing.
    (new / "data" / "a.hkl").unlink()
    found = read_session(new / "a.session.h5")
    assert found.saved.experiment == experiment


# ── damage ────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_that_is_cut_is_refused(data: st.DataObject, written: Path, tmp_path: Path) -> None:
    whole = written.read_bytes()
    path = tmp_path / "cut.session.h5"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(InvalidInput, match=r"empty|no session|damaged"):
        read_session(path)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_flipped_bytes_are_refused(data: st.DataObject, written: Path, tmp_path: Path) -> None:
    damaged = bytearray(written.read_bytes())
    # Where HDF5 keeps its own numbers as often as amid the pixels.
    ends = st.sampled_from([4096, len(damaged)])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(ends.flatmap(lambda end: st.integers(0, end - 1)))
        damaged[place] ^= data.draw(st.integers(1, 255))
    if bytes(damaged) == written.read_bytes():
        return
    path = tmp_path / "flipped.session.h5"
    path.write_bytes(damaged)
    with pytest.raises(InvalidInput, match=r"no session|damaged"):
        read_session(path)


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("empty", b"", "is empty"),
        ("text", b"[crystal]\ncell = 3\n", "no session of Braggscope"),
        ("head", b"\x89HDF\r\n\x1a\n" + bytes(9000), "an HDF5 file, but no session"),
    ],
)
def test_other_files_are_refused(name: str, body: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.session.h5"
    path.write_bytes(body)
    with pytest.raises(InvalidInput, match=said):
        read_session(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        read_session(tmp_path / "missing.session.h5")
    with pytest.raises(InvalidInput, match="directory"):
        read_session(tmp_path)


def test_a_newer_format_says_who_wrote_it(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "newer.session.h5"
    path.write_bytes(written.read_bytes()[:-SEAL_BYTES])
    with h5py.File(path, "r+") as file:
        file.attrs["braggscope_session"] = FORMAT + 1
        file.attrs["creator"] = "Braggscope 99"
    with path.open("ab") as file:
        file.write(bytes(SEAL_BYTES))
    sealed_anew(path)
    with pytest.raises(InvalidInput, match=r"newer format.*Braggscope 99") as found:
        read_session(path)
    assert "newer version" in found.value.remedy


def test_a_session_of_the_first_format_opens(tmp_path: Path) -> None:
    """It had no pins, tolerances, layout and choices of views."""
    path = tmp_path / "old.session.h5"
    write_session(path, SessionContent(session()))
    path.write_bytes(path.read_bytes()[:-SEAL_BYTES])
    later = ("pins", "tolerances", "layout", "views")
    with h5py.File(path, "r+") as file:
        file.attrs["braggscope_session"] = 1
        said = json.loads(file["session"].asstr()[()])
        del file["session"]
        file["session"] = json.dumps({k: v for k, v in said.items() if k not in later})
    with path.open("ab") as file:
        file.write(bytes(SEAL_BYTES))
    sealed_anew(path)
    saved = read_session(path).saved
    assert saved == session().model_copy(
        update={"pins": (), "tolerances": None, "layout": "", "views": {}}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"rows": []},
        {"pins": [{"pixel": [-1, 0]}]},
        {"tolerances": {"float64": {"omega": -1.0}}},
        {"sides": [1, 1]},
        {"sides": [1, 77]},
        {"regions": [{"name": "a", "shape": {"kind": "masked"}}] * 2},
        {"view": {"slow": 0, "fast": 0, "height": 0, "width": 1}},
        {"display": {"scale": "cubic"}},
        {"experiment": {"crystal": {"cell": {"a_A": -1}}}},
        {"from_the_future": 1},
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "odd.session.h5"
    write_session(path, SessionContent(session()))
    path.write_bytes(path.read_bytes()[:-SEAL_BYTES])
    with h5py.File(path, "r+") as file:
        said = json.loads(file["session"].asstr()[()])
        del file["session"]
        file["session"] = json.dumps({**said, **change})
    with path.open("ab") as file:
        file.write(bytes(SEAL_BYTES))
    sealed_anew(path)
    with pytest.raises(InvalidInput, match="no session to this version"):
        read_session(path)


def test_a_huge_image_is_refused_before_memory_is_taken(written: Path) -> None:
    with pytest.raises(InvalidInput, match="The limit is"):
        read_session(written, largest=1000)


# ── writing that fails ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("room", [0, 700, 3_000, 50_000, 700_000])
def test_a_full_disk_is_told_and_leaves_the_old_file(room: int, tmp_path: Path) -> None:
    """In a process of its own: HDF5 must also come to its end in peace."""
    path = tmp_path / "a.session.h5"
    path.write_bytes(b"old")
    code = f"""
        import resource
        from pathlib import Path
        from braggscope.api import InvalidInput
        from braggscope.session_files.session_file import write_session
        from tests.session_files.samples import content
        resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))
        try:
            write_session(Path({str(path)!r}), content())
        except InvalidInput as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "cannot write" in done.stdout
    assert "File too large" in done.stdout
    assert done.stderr == ""
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"old"]


def test_cancelling_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.session.h5"
    path.write_bytes(b"old")
    seen: list[float] = []

    def check() -> None:
        if len(seen) > 1:
            raise Cancelled()

    big = DetectorImage(np.zeros((4000, 1000)), None, Provenance(None))
    with pytest.raises(Cancelled):
        write_session(path, SessionContent(session(), {1: big}), Watch(seen.append, check))
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"old"]


def test_progress_goes_from_nothing_to_all(written: Path, tmp_path: Path) -> None:
    done: list[float] = []
    write_session(tmp_path / "a.session.h5", content(), Watch(done.append))
    assert done == sorted(done)
    assert done[-1] == 1.0
    done.clear()
    read_session(written, Watch(done.append))
    assert done == sorted(done)
    assert done[-1] == 1.0
