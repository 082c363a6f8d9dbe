"""The panel's widgets: what is typed and chosen in them is told, or explained."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from braggscope.experiment import Experiment
from braggscope.experiment.doubts import doubts
from braggscope.gui.experiment_panel import ExperimentPanel
from tests.gui.experiment_panel.samples import golden_experiments, simple

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def type_into(qtbot: Any, panel: ExperimentPanel, path: str, text: str) -> None:
    edit = panel.form.row(path).focus_widget()
    assert isinstance(edit, QLineEdit)
    edit.clear()
    if text:
        qtbot.keyClicks(edit, text)
    else:
        edit.textEdited.emit("")


def test_an_empty_panel_has_no_experiment(qtbot: Any) -> None:
    widget = ExperimentPanel()
    qtbot.addWidget(widget)
    assert widget.experiment() is None


@pytest.mark.parametrize("experiment", golden_experiments()[:12])
def test_the_panel_gives_back_what_was_put_in(qtbot: Any, experiment: Experiment) -> None:
    widget = ExperimentPanel()
    qtbot.addWidget(widget)
    changes: list[Experiment] = []
    widget.experiment_changed.connect(changes.append)
    widget.set_experiment(experiment)
    found = doubts(experiment)
    assert widget.experiment() == (None if found else experiment)
    assert bool(widget.problem) == bool(found)
    for doubt in found:
        assert widget.form.row(doubt.path).message
    assert changes == []


def test_an_edit_is_told_once_after_a_pause(qtbot: Any, panel: ExperimentPanel) -> None:
    told: list[Experiment] = []
    panel.experiment_changed.connect(told.append)
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000):
        type_into(qtbot, panel, "detector.distance_mm", "123.5")
    assert [experiment.detector.distance_mm for experiment in told] == [123.5]
    row = panel.form.row("detector.distance_mm")
    assert row.label.property("role") == "changed"
    assert row.reset.isVisible()
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000):
        row.reset.click()
    assert told[-1].detector.distance_mm == 100


def test_a_wrong_value_is_shown_below_and_not_told(qtbot: Any, panel: ExperimentPanel) -> None:
    told: list[Experiment] = []
    panel.experiment_changed.connect(told.append)
    with qtbot.waitSignal(panel.problem_changed, timeout=2000) as signal:
        type_into(qtbot, panel, "beam.wavelength_A", "-3")
    row = panel.form.row("beam.wavelength_A")
    assert "must be at least 1e-06 and at most 1e+06 Å" in row.message
    assert "must be at least 1e-06" in row.focus_widget().accessibleDescription()
    assert row.focus_widget().property("role") == "wrong"
    assert "Wavelength = -3" in signal.args[0]
    assert "1 wrong" in panel.form.sections["beam"].header.text()
    assert panel.experiment() is None
    assert told == []
    with qtbot.waitSignal(panel.problem_changed, timeout=2000) as signal:
        type_into(qtbot, panel, "beam.wavelength_A", "1.1")
    assert signal.args == [""]
    assert row.message == ""
    assert not row.focus_widget().property("role")
    assert panel.experiment() == simple()


def test_automatic_fields_show_what_they_resolve_to(panel: ExperimentPanel) -> None:
    edit = panel.form.row("sampling.phi_steps").focus_widget()
    assert isinstance(edit, QLineEdit)
    assert edit.placeholderText() == "auto: 1"
    box = panel.form.row("crystal.interpolate").focus_widget()
    assert isinstance(box, QComboBox)
    assert box.currentText() == "Automatic (no)"


def test_choices_and_switches_are_told(qtbot: Any, panel: ExperimentPanel) -> None:
    box = panel.form.row("detector.convention").focus_widget()
    assert isinstance(box, QComboBox)
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        box.setCurrentIndex(1)
        box.activated.emit(1)
    assert signal.args[0].detector.convention == "xds"
    switch = panel.form.row("beam.polarized").focus_widget()
    assert isinstance(switch, QAbstractButton)
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        switch.click()
    assert signal.args[0].beam.polarized is False


def test_every_control_has_a_name_and_the_panel_fits_320_px(panel: ExperimentPanel) -> None:
    controls = [
        widget
        for kind in (QLineEdit, QComboBox, QAbstractButton)
        for widget in panel.findChildren(kind)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget is not panel.notice.button
    ]
    assert len(controls) > 60
    for control in controls:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        assert control.accessibleName() or text, control
    form = panel.form.sections["beam"].parentWidget()
    assert form is not None
    assert form.minimumSizeHint().width() <= 300


def test_a_long_number_is_rounded_until_it_is_entered(panel: ExperimentPanel) -> None:
    edit = panel.form.row("beam.fluence_per_m2").focus_widget()
    assert isinstance(edit, QLineEdit)
    QWidget.resize(edit, 90, 22)
    assert edit.text().startswith("≈1.2")
    assert "1.2593201528622709e+29" in edit.toolTip()
    experiment = panel.experiment()
    assert experiment is not None
    assert experiment.beam.fluence_per_m2 == simple().beam.fluence_per_m2


def test_the_whole_detector_or_a_region(qtbot: Any, panel: ExperimentPanel) -> None:
    row: Any = panel.form.row("detector.roi")
    assert row.whole.isChecked()
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        row.whole.click()
    assert signal.args[0].detector.roi.fast_max == 127
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        row.whole.click()
    assert signal.args[0].detector.roi is None
