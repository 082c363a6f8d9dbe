"""Files of the experiment: chosen in the form, and read beside it."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from braggscope.gui.experiment_panel import ExperimentPanel
from tests.gui.experiment_panel.samples import MTZ, needs_mtz, simple

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def test_a_file_that_cannot_be_used_is_explained(
    qtbot: Any, panel: ExperimentPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.hkl"
    bad.write_text("one two\n")
    row: Any = panel.form.row("crystal.structure_factors")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(bad), ""))
    row.choose_button.click()
    assert row.message == "Reading bad.hkl …"
    qtbot.waitUntil(lambda: "bad.hkl holds no reflections" in row.message)
    assert panel.experiment() == simple()


@needs_mtz
def test_an_mtz_offers_its_columns_and_its_cell(qtbot: Any, panel: ExperimentPanel) -> None:
    row: Any = panel.form.row("crystal.structure_factors")
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000):
        row.open(MTZ)
    columns = [row.column_box.itemText(i) for i in range(row.column_box.count())]
    assert columns[:3] == ["Automatic (F)", "F", "FC"]
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000) as signal:
        row.column_box.setCurrentIndex(2)
        row.column_box.activated.emit(2)
    assert signal.args[0].crystal.structure_factors.column == "FC"
    assert row.cell_button.isVisible()
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000) as signal:
        row.cell_button.click()
    assert signal.args[0].crystal.cell.a_A != 100
    assert not row.cell_button.isVisible()


@needs_mtz
def test_a_panel_may_close_while_a_file_is_read(qtbot: Any) -> None:
    for wait_ms in (0, 35, 60):
        widget = ExperimentPanel()
        widget.set_experiment(simple())
        row: Any = widget.form.row("crystal.structure_factors")
        row.open(MTZ)
        qtbot.wait(wait_ms)
        del row
        widget.deleteLater()
        del widget
        gc.collect()
        qtbot.wait(150)
