"""Command lines: what is understood of them, pasted and copied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from braggscope.errors import BraggscopeError
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.smv import bare_header, load_mask, write_mask
from braggscope.gui.experiment_panel import ExperimentPanel
from braggscope.gui.experiment_panel.command_line import (
    arguments_of,
    looks_like_command_line,
    missing_files,
    read_command_line,
)
from braggscope.gui.experiment_panel.paste_dialog import PasteDialog
from tests.gui.experiment_panel.samples import MTZ, SIMPLE, needs_mtz, simple

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def test_command_lines_are_split_as_a_shell_does() -> None:
    text = "$ OMP_NUM_THREADS=4 ./nanoBragg -cell 1 2 \\\n  3 -hkl 'a b.hkl' > log.txt"
    assert arguments_of(text) == ["-cell", "1", "2", "3", "-hkl", "a b.hkl"]


def test_only_a_command_line_is_offered_from_the_clipboard() -> None:
    assert looks_like_command_line(SIMPLE)
    assert not looks_like_command_line("ls -l -N")
    assert not looks_like_command_line("Dear reader, please find enclosed")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste"),
        ("nanoBragg", "no flag"),
        (f"{SIMPLE} -wrong 1", "-wrong"),
        (f"{SIMPLE} -hkl nowhere.hkl", "nowhere.hkl"),
        (f"{SIMPLE} 'open", "cannot be split"),
        ("-lambda -1 -cell 10 -default_F 1", "beam.wavelength_A (from -lambda) = -1"),
    ],
)
def test_a_wrong_command_line_is_explained(text: str, said: str, tmp_path: Path) -> None:
    reading = read_command_line(text, tmp_path)
    assert reading.experiment is None
    assert said in reading.message


def test_an_understood_command_line_says_what_is_left_out(tmp_path: Path) -> None:
    reading = read_command_line(f"{SIMPLE} -floatfile out.bin", tmp_path)
    assert reading.experiment == simple()
    assert "out.bin" in reading.message
    assert reading.concerns == ""
    (tmp_path / "f.hkl").write_text("1 2 3 4\n")
    concerned = read_command_line(f"{SIMPLE} -N 1 -hkl f.hkl", tmp_path)
    assert concerned.experiment is not None
    assert concerned.concerns == ""
    doubtful = read_command_line(f"{SIMPLE} -mosaic_domains 4", tmp_path)
    assert "crystal.mosaic_domains has no effect" in doubtful.concerns


def test_the_paste_dialog_says_what_it_understood(qtbot: Any, tmp_path: Path) -> None:
    dialog = PasteDialog(None, f"{SIMPLE} -hkl f.hkl", tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.apply_button.isEnabled()
    qtbot.waitUntil(lambda: "f.hkl" in dialog.warning.text())
    assert dialog.experiment is None
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / "f.hkl").write_text("1 2 3 4\n")
    dialog.folder_edit.setText(str(folder))
    assert not dialog.apply_button.isEnabled()
    qtbot.waitUntil(dialog.apply_button.isEnabled)
    assert dialog.status.text().startswith("✓ Understood")
    assert dialog.experiment is not None


def test_pasting_takes_the_clipboard_over_into_the_form(qtbot: Any, panel: ExperimentPanel) -> None:
    QGuiApplication.clipboard().setText(SIMPLE.replace("-N 5", "-N 7"))
    panel.paste_button.click()
    (dialog,) = panel.findChildren(PasteDialog)
    assert "-N 7" in dialog.editor.toPlainText()
    qtbot.waitUntil(dialog.apply_button.isEnabled)
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        dialog.apply_button.click()
    assert signal.args[0].crystal.cells_b == 7
    qtbot.waitUntil(lambda: not panel.findChildren(PasteDialog))


def test_copying_gives_a_command_line_that_says_the_same(panel: ExperimentPanel) -> None:
    panel.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("nanoBragg ")
    copied = Experiment.from_nanobragg(arguments_of(text))
    assert copied.model_dump() == simple().model_dump()
    assert "Copied" in panel.notice.message.text()


@needs_mtz
def test_copying_an_mtz_offers_to_write_text(
    qtbot: Any, panel: ExperimentPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row: Any = panel.form.row("crystal.structure_factors")
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000):
        row.open(MTZ)
    panel.copy_button.click()
    assert "nanoBragg cannot read lysozyme_microed.mtz" in panel.notice.message.text()
    target = tmp_path / "out file.hkl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(target), ""))
    panel.notice.button.click()
    qtbot.waitUntil(lambda: "Copied" in panel.notice.message.text(), timeout=10_000)
    assert target.is_file()
    assert str(target) in QGuiApplication.clipboard().text()


def test_copying_offers_to_write_sources_and_a_mask_that_moves_the_detector(
    qtbot: Any, panel: ExperimentPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.ones((128, 128), np.uint16)
    pixels[:50] = 0
    header = bare_header(128, 128).replace(b"}\f", b"BEAM_CENTER_X=3;}\f")[:512]
    (tmp_path / "mask.img").write_bytes(header + pixels.tobytes())
    said = Experiment.from_nanobragg([*SIMPLE.split(), "-mask", str(tmp_path / "mask.img")])
    said = said.with_override("detector.beam_x_mm", None)
    rows = [{"x": -10.0, "y": 0.1, "z": 0.0}, {"x": -10.0, "y": -0.1, "z": 0.0, "weight": 2.0}]
    said = said.with_override("beam.sources", {"rows": rows})
    panel.set_experiment(said)
    panel.copy_button.click()
    assert "sources from a file" in panel.notice.message.text()
    assert "header of mask.img" in panel.notice.message.text()
    targets = {
        "Save the sources": tmp_path / "s.txt",
        "Save the mask for nanoBragg": tmp_path / "m.img",
    }
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda parent, title, *args: (str(targets[title]), "")
    )
    panel.notice.button.click()
    qtbot.waitUntil(lambda: "Copied" in panel.notice.message.text(), timeout=10_000)
    copied = Experiment.from_nanobragg(arguments_of(QGuiApplication.clipboard().text()))
    assert (load_mask(copied.detector.mask, (128, 128)) == (pixels != 0)).all()
    same_mask = copied.with_override("detector.mask", said.detector.mask)
    assert resolve(same_mask).digest() == resolve(said).digest()


def test_what_no_file_makes_sayable_asks_for_no_file(tmp_path: Path) -> None:
    write_mask(np.ones((128, 128), bool), tmp_path / "m.img")
    said = Experiment.from_nanobragg([*SIMPLE.split(), "-mask", str(tmp_path / "m.img")])
    said = said.with_override("detector.pixels_fast", None)
    said = said.with_override("detector.size_fast_mm", 12.81)
    with pytest.raises(BraggscopeError, match="counted pixels"):
        said.to_nanobragg()
    assert not missing_files(said)
