"""Pictures of the view: in files, and on the clipboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from braggscope.api import InvalidInput, Rectangle
from braggscope.gui.images.picture_file import save
from braggscope.gui.window import MainWindow
from braggscope.ui.theme import LIGHT

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_view_is_saved_as_it_is(shown: MainWindow, tmp_path: Path, suffix: str) -> None:
    shown.images.editor.add(Rectangle(slow=1, fast=2, height=9, width=9))
    path = tmp_path / f"view{suffix}"
    shown.image_commands.write(shown.image_commands.parts(), path)
    assert str(path) in shown.status.currentMessage()
    content = path.read_bytes()
    if suffix == ".png":
        image = QImage(str(path))
        assert image.width() > 2 * sum(tile.canvas.width() for tile in shown.images.shown_tiles())
        colors = {image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}
        assert len(colors) > 20
    elif suffix == ".svg":
        assert b"Box 1" in content
        assert content.count(b"<image") == 3
    else:
        assert content.startswith(b"%PDF")


def test_one_image_is_saved_by_itself(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    shown.images.tiles["B"].canvas.focused.emit()
    shown.actions_["save_tile"].trigger()
    content = path.read_text()
    assert content.count("<image") == 1
    assert shown.images.tiles["B"].texts[0].split()[0] == "B"
    # Pixels beside the image are cut off, and not drawn over its title.
    assert "clip-path" in content


def test_pixels_stay_sharp_blocks_in_saved_pictures(shown: MainWindow) -> None:
    part = shown.image_commands.parts()[0]
    (piece,) = part.content._pieces
    assert piece is not None
    assert part.sight.scale > 4
    assert piece.picture.width() >= 2 * part.sight.scale * (piece.wide - 1)


def test_a_picture_that_cannot_be_written_is_said(shown: MainWindow, tmp_path: Path) -> None:
    shown.image_commands.write(shown.image_commands.parts(), tmp_path / "none" / "view.png")
    assert shown.message.isVisible()
    parts = shown.image_commands.parts()
    with pytest.raises(InvalidInput, match="cannot write pictures as"):
        save(parts, LIGHT, shown.font(), tmp_path / "view.bmp")
    assert [path.name for path in tmp_path.iterdir()] == ["configuration"]


def test_the_view_goes_to_the_clipboard(shown: MainWindow) -> None:
    shown.actions_["copy_view"].trigger()
    assert not QGuiApplication.clipboard().image().isNull()
