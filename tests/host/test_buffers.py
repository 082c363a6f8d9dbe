"""Mapped files that wait for the next array of their size."""

from __future__ import annotations

from pathlib import Path

from braggscope.host.buffers import Buffer, SpareBuffers, new_buffer

SIZE = 4096


def made(folder: Path, name: str, size: int = SIZE) -> Buffer:
    """A file that nobody uses any more."""
    buffer = new_buffer(folder / name, size)
    buffer.reusable = True
    return buffer


def test_memory_that_was_given_back_last_is_used_again_first(tmp_path: Path) -> None:
    """It is warm: mapped where arrays are filled, and maybe still in the processor's cache."""
    spare = SpareBuffers()
    old, new = made(tmp_path, "old"), made(tmp_path, "new")
    larger = made(tmp_path, "larger", 2 * SIZE)
    for buffer in (old, new, larger):
        spare.put(buffer)
    assert spare.take(SIZE) is new
    new.reusable = True
    spare.put(new)
    assert spare.take(SIZE) is new
    assert spare.take(SIZE) is old
    assert spare.take(SIZE) is None
    old.reusable = True
    spare.put(old)
    assert spare.take(SIZE) is old


def test_of_too_many_files_the_one_given_back_first_goes(tmp_path: Path) -> None:
    spare = SpareBuffers()
    buffers = [made(tmp_path, str(number)) for number in range(5)]
    for buffer in buffers:
        spare.put(buffer)
    assert [buffer.path.exists() for buffer in buffers] == [False, True, True, True, True]
    assert [spare.take(SIZE) for _ in range(5)] == [*reversed(buffers[1:]), None]
