"""Journals: what a window keeps, who may claim it, and what a killed one leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Cancelled, InvalidInput
from braggscope.host.jobs import CancelToken
from braggscope.session_files.journal import (
    FOLDER_VARIABLE,
    Journal,
    Keeper,
    abandoned,
    journals_folder,
    restored,
)
from tests.session_files.samples import content, image, session

PLENTY = 2**30


def names(journal: Journal) -> list[str]:
    return sorted(path.name for path in journal.folder.iterdir())


def test_the_folder_is_the_systems_or_said_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert journals_folder() == tmp_path / "unsaved"
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    assert journals_folder() is None
    monkeypatch.delenv(FOLDER_VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert journals_folder() == tmp_path / ".local/state/braggscope/unsaved"


def test_all_but_picked_pixels_comes_back(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    assert journal.folder.stat().st_mode & 0o777 == 0o700
    Keeper(journal, PLENTY).keep(content())
    journal.release()
    ((found, record),) = abandoned(tmp_path)
    assert record is not None
    back = restored(found, record)
    assert back.content.saved == session()
    assert back.notes == ()
    for row, was in content().images.items():
        assert back.content.images[row].data.tobytes() == was.data.tobytes()
    found.remove()
    assert list(tmp_path.iterdir()) == []


def test_an_image_is_written_once_and_goes_with_its_row(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    keeper, first = Keeper(journal, PLENTY), content()
    keeper.keep(first)
    before = {path.name: path.stat().st_mtime_ns for path in journal.folder.glob("image-*")}
    assert len(before) == 3
    keeper.keep(replace(first, saved=session().model_copy(update={"cursor": (1, 2)})))
    after = {path.name: path.stat().st_mtime_ns for path in journal.folder.glob("image-*")}
    assert after == before
    images = {1: first.images[1], 4: image(dtype="float32")}
    keeper.keep(replace(first, images=images))
    assert names(journal) == ["image-1.h5", "image-4.h5", "lock", "record.json"]
    assert journal.read().images == {1: "image-1.h5", 4: "image-4.h5"}
    journal.remove()


def test_images_beyond_the_limit_are_left_out_a_and_b_last(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    wanted = content()
    room = sum(wanted.images[row].data.nbytes for row in (1, 4)) + 4 * 37 * 53
    Keeper(journal, room).keep(wanted)
    record = journal.read()
    assert record.images.keys() == {1, 4}
    assert "limits.autosave_bytes" in record.left_out[2]
    back = restored(journal, record)
    assert back.content.images.keys() == {1, 4}
    assert "row 2 was not kept" in back.notes[0]
    journal.remove()


def test_without_time_for_images_the_record_is_kept(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    keeper, token = Keeper(journal, PLENTY), CancelToken()
    keeper.keep(replace(content(), images={1: content().images[1]}))
    token.set()
    saved = session().model_copy(update={"cursor": (5, 5)})
    with pytest.raises(Cancelled):
        keeper.keep(replace(content(), saved=saved), token.check)
    record = journal.read()
    assert record.session.cursor == (5, 5)
    missing = content().images.keys() - record.images.keys()
    assert missing
    assert record.left_out.keys() == missing
    notes = restored(journal, record).notes
    assert len(notes) == len(missing)
    assert all("press F5" in note for note in notes)
    assert not list(journal.folder.glob(".*.part"))
    journal.remove()


def test_a_damaged_image_is_told_and_the_rest_comes_back(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    Keeper(journal, PLENTY).keep(content())
    path = journal.folder / journal.read().images[4]
    path.write_bytes(path.read_bytes()[:-100])
    back = restored(journal, journal.read())
    assert back.content.images.keys() == {1, 2}
    assert "row 4" in back.notes[0]
    assert "is damaged" in back.notes[0]
    journal.remove()


def test_an_adopted_journal_goes_on_with_its_images(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    Keeper(journal, PLENTY).keep(content())
    journal.release()
    ((found, record),) = abandoned(tmp_path)
    assert record is not None
    back = restored(found, record)
    keeper = Keeper(found, PLENTY)
    keeper.adopt(back.content.images, back.files)
    before = {path.name: path.stat().st_mtime_ns for path in found.folder.glob("image-*")}
    keeper.keep(back.content)
    assert {p.name: p.stat().st_mtime_ns for p in found.folder.glob("image-*")} == before
    keeper.keep(replace(back.content, images={**back.content.images, 1: image((9, 9))}))
    assert "image-4.h5" in names(found)
    found.remove()


def test_a_living_journal_and_a_claimed_one_are_nobody_elses(tmp_path: Path) -> None:
    """Locks hold against other processes; here another open file stands for one."""
    living = Journal.begin(tmp_path)
    Keeper(living, PLENTY).keep(content())
    assert abandoned(tmp_path) == []
    living.release()
    claimed = abandoned(tmp_path)
    assert len(claimed) == 1
    assert abandoned(tmp_path) == []
    claimed[0][0].release()
    ((again, _),) = abandoned(tmp_path)
    again.remove()
    assert abandoned(tmp_path) == []


def test_a_journal_removed_while_it_is_claimed_is_not_had(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path)
    (journal.folder / "lock").unlink()
    assert Journal.claim(journal.folder) is None
    journal.remove()


def test_the_last_window_comes_first_and_unreadable_ones_are_named(tmp_path: Path) -> None:
    for age in (300, 100, 200):
        journal = Journal.begin(tmp_path)
        Keeper(journal, 0).keep(content())
        if age == 200:
            (journal.folder / "record.json").write_text("{torn")
        at = time.time() - age
        os.utime(journal.folder / "record.json", (at, at))
        journal.release()
    found = abandoned(tmp_path)
    assert [record is None for _, record in found] == [False, True, False]
    with pytest.raises(InvalidInput, match="cannot be read"):
        found[1][0].read()
    for journal, _ in found:
        journal.remove()


def test_what_never_held_anything_is_swept_away(tmp_path: Path) -> None:
    Journal.begin(tmp_path).release()
    fresh, old = tmp_path / "window-1-fresh", tmp_path / "window-2-old"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    assert abandoned(tmp_path) == []
    assert list(tmp_path.iterdir()) == [fresh]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InvalidInput, match="BRAGGSCOPE_STATE_DIR"):
        Journal.begin(blocked / "unsaved")


def test_killed_at_any_moment_a_journal_has_a_whole_record(tmp_path: Path) -> None:
    """A process keeps one session after the other; it is killed amid it, five times."""
    code = f"""
        from dataclasses import replace
        from pathlib import Path
        from braggscope.session_files.journal import Journal, Keeper
        from tests.session_files.samples import content, image
        keeper = Keeper(Journal.begin(Path({str(tmp_path)!r})), 2**30)
        first = content()
        for number in range(10**9):
            saved = first.saved.model_copy(update={{"cursor": (number, number)}})
            keeper.keep(replace(first, saved=saved, images={{1: image((200, 200 + number % 9))}}))
            if number == 0:
                print("kept", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    for round_ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        time.sleep(0.03 * round_)
        assert abandoned(tmp_path) == []
        process.kill()
        process.wait()
        process.stdout.close()
        ((journal, record),) = abandoned(tmp_path)
        assert record is not None
        back = restored(journal, record)
        assert bool(back.notes) is (1 not in back.content.images), "what is missing is told"
        for found in back.content.images.values():
            assert np.isfinite(found.data[1:]).all()
        journal.remove()
    assert list(tmp_path.iterdir()) == []
