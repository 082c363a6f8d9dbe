"""A bundle is written whole or not at all, and gives back what went into it."""

from __future__ import annotations

import errno
import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Cancelled, InvalidInput, Pixel, PixelTrace, variable
from braggscope.evidence.environment import revision_of
from braggscope.evidence.opening import opened
from braggscope.evidence.packing import pack
from braggscope.evidence.writing import write_bundle
from tests.evidence.samples import SHAPE, evidence


@pytest.fixture(params=["bundle", "bundle.zip"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / request.param


def test_everything_comes_back(target: Path) -> None:
    made = evidence(target.parent.parent / "in")
    write_bundle(made, target)
    (target.parent.parent / "in" / "small.hkl").unlink()
    with opened(target) as bundle:
        assert bundle.problems == ()
        assert bundle.changed == ()
        assert [run.engine for run in bundle.runs] == ["torch-cpu", "nanobragg-c"]
        assert bundle.runs[1].overrides == made.runs[1].overrides
        assert bundle.runs[1].semantics == made.runs[1].semantics
        for then, now in zip(made.images, bundle.images, strict=True):
            assert now is not None
            assert now.data.dtype == then.data.dtype
            np.testing.assert_array_equal(now.data, then.data)
            assert now.provenance.device == then.provenance.device
            assert now.provenance.wall_time_s == then.provenance.wall_time_s
            assert now.provenance.notes[0] == f"from evidence {target.name}"
        assert bundle.images[0].mask is None  # type: ignore[union-attr]
        np.testing.assert_array_equal(bundle.images[1].mask, made.images[1].mask)  # type: ignore[union-attr]
        assert bundle.marks == made.marks
        assert bundle.bounds == made.bounds
        assert bundle.metrics["correlation"].pixel == Pixel(2, 3)
        assert bundle.region_metrics["peak"]["correlation"].note == "constant"
        assert bundle.difference_map == "b_minus_a"
        assert [(a.pixel, b.engine) for a, b in bundle.traces] == [((2, 3), "nanobragg-c")]
        assert bundle.runs[0].setup.digest() == bundle.runs[0].model_copy().setup.digest()


def test_a_zip_and_a_folder_hold_the_same(tmp_path: Path) -> None:
    made = evidence()
    for name in ("one", "one.zip"):
        write_bundle(made, tmp_path / name)
    folder = {
        path.relative_to(tmp_path / "one").as_posix(): path.read_bytes()
        for path in (tmp_path / "one").rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    changing = {"bundle.json", "SHA256SUMS"}
    assert folder.keys() == packed.keys()
    for name in folder.keys() - changing:
        assert folder[name] == packed[name], name
    for content in (folder, packed):
        for line in content["SHA256SUMS"].decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(content[name]).hexdigest() == digest


@pytest.mark.parametrize("after", [1, 3, 12])
def test_a_cancelled_export_leaves_nothing(target: Path, after: int) -> None:
    told = 0

    def tell(fraction: float, what: str) -> None:
        nonlocal told
        told += 1
        if told == after:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_bundle(evidence(), target, tell)
    assert list(target.parent.iterdir()) == []


def test_a_cancelled_export_leaves_the_older_bundle(target: Path) -> None:
    write_bundle(evidence(), target)

    def tell(fraction: float, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_bundle(replace(evidence(), agrees=True), target, tell)
    assert list(target.parent.iterdir()) == [target]
    with opened(target) as bundle:
        assert bundle.agrees is False
        assert bundle.changed == ()


def test_an_older_bundle_is_replaced_as_a_whole(target: Path) -> None:
    made = evidence()
    write_bundle(made, target)
    write_bundle(replace(made, traces=(), agrees=True), target)
    with opened(target) as bundle:
        assert bundle.agrees is True
        assert bundle.changed == ()
    if target.is_dir():
        assert not (target / "traces").exists()
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match=r"holds other files.*thesis\.txt"):
        write_bundle(evidence(), target)
    assert [path.name for path in target.iterdir()] == ["thesis.txt"]
    # Nor one whose bundle got company.
    (target / "thesis.txt").unlink()
    write_bundle(evidence(), target)
    (target / "notes.md").write_text("mine")
    with pytest.raises(InvalidInput, match=r"notes\.md"):
        write_bundle(evidence(), target)


@pytest.mark.parametrize("manifest", [None, b"{}", b'{"format": 1, "runs": {}}'])
def test_a_folder_whose_files_have_checksums_is_not_touched(
    manifest: bytes | None, tmp_path: Path
) -> None:
    """People keep SHA256SUMS of their data, too."""
    target = tmp_path / "data"
    (target / "raw").mkdir(parents=True)
    (target / "raw" / "run1.cbf").write_bytes(b"photons")
    if manifest is not None:
        (target / "bundle.json").write_bytes(manifest)
    names = [path for path in target.rglob("*") if path.is_file()]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target)}\n"
        for path in names
    ]
    (target / "SHA256SUMS").write_text("".join(lines))
    with pytest.raises(InvalidInput, match=r"holds other files"):
        write_bundle(evidence(), target)
    assert (target / "raw" / "run1.cbf").read_bytes() == b"photons"


def test_a_file_in_the_place_of_a_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("mine")
    with pytest.raises(InvalidInput, match="a file of that name"):
        write_bundle(evidence(), tmp_path / "bundle")
    assert (tmp_path / "bundle").read_text() == "mine"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / "full.zip").symlink_to("/dev/full")
    with pytest.raises(InvalidInput, match="No space left on device"):
        write_bundle(evidence(), tmp_path / "full.zip")


def test_a_disk_that_fills_up_leaves_nothing(target: Path) -> None:
    def fill(put: object) -> None:
        put("first.txt", b"x" * 1000)  # type: ignore[operator]
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InvalidInput, match="No space left on device"):
        pack(target, fill)
    assert list(target.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_said(target: Path) -> None:
    target.parent.chmod(0o500)
    try:
        with pytest.raises(InvalidInput, match="Permission denied"):
            write_bundle(evidence(), target)
    finally:
        target.parent.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_file_system_that_takes_no_files_is_said(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot write"):
        write_bundle(evidence(), Path("/proc") / name)


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("bundle", "bundle.zip"):
        with pytest.raises(InvalidInput, match="cannot write"):
            write_bundle(evidence(), tmp_path / "file" / name)


def test_the_report_has_what_the_reader_asks(tmp_path: Path) -> None:
    write_bundle(evidence(), tmp_path / "b")
    text = (tmp_path / "b" / "report.md").read_text()
    for part in (
        "✗ B does not agree with A",
        "| beam.wavelength\\_A | 1 | 1.02 |",
        "![difference](pictures/difference.png)",
        "## First divergence",
        "1 of 1: `lambda0_m` differs first",
        "### Pixel slow 2, fast 3",
        "| ▶ lambda0\\_m | m | 1e-10 | 1.02e-10 | differs\u00a0by\u00a00.02 |",
        "Region peak: rectangle slow 1, fast 1, height 2, width 3",
        "# run as: nanoBragg -N 5",
        "## What is missing",
        "devices that ran | a processor; another",
        "| nanoBragg | 2; not in a git checkout |",
    ):
        assert part in text, part
    page = (tmp_path / "b" / "report.html").read_text()
    assert '<body class="differs">' in page
    assert "prefers-color-scheme: dark" in page
    assert '<tr class="first">' in page
    assert '<div class="pictures"><table>' in page


def test_names_that_are_markup_stay_names(tmp_path: Path) -> None:
    made = replace(evidence(), missing=("<script>alert(1)</script> [x](http://y) `z`",))
    write_bundle(made, tmp_path / "b")
    page = (tmp_path / "b" / "report.html").read_text()
    assert "<script" not in page
    assert "http://y)" in page
    assert 'href="http://y"' not in page


def test_the_revision_of_a_checkout(tmp_path: Path) -> None:
    assert revision_of(tmp_path) == ""
    assert len(revision_of(Path(__file__).parent).removesuffix("-dirty")) == 40


def test_a_trace_that_is_not_a_number_is_written(tmp_path: Path) -> None:
    values = np.full(SHAPE[0], np.nan)
    odd = PixelTrace(Pixel(1, 1), "x", (variable("d", values, dims=("subpixel",)),), float("nan"))
    write_bundle(replace(evidence(), traces=((odd, odd),)), tmp_path / "b.zip")
    with opened(tmp_path / "b.zip") as bundle:
        assert np.isnan(bundle.traces[0][0].value)
        assert bundle.traces[0][0]["d"].values.shape == (SHAPE[0],)
