"""The experiment form: its state and judgement without Qt, then the widgets."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import json
import shlex
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLineEdit, QWidget

from braggscope.errors import BraggscopeError
from braggscope.experiment import Background, Crystal, Experiment, UnitCell, resolve
from braggscope.experiment.doubts import doubts
from braggscope.experiment.smv import bare_header, load_mask, write_mask
from braggscope.gui.experiment_panel import ExperimentPanel
from braggscope.gui.experiment_panel.command_line import (
    arguments_of,
    looks_like_command_line,
    missing_files,
    read_command_line,
)
from braggscope.gui.experiment_panel.fields import specs_by_path
from braggscope.gui.experiment_panel.paste_dialog import PasteDialog
from braggscope.gui.experiment_panel.presenter import FormPresenter

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]

SHARED = Path(os.environ.get("BRAGGSCOPE_SHARED", Path(__file__).parents[3] / "shared"))
SIMPLE = "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1.1 -distance 100 -detpixels 128"
MTZ = SHARED / "data" / "lysozyme_microed.mtz"
needs_mtz = pytest.mark.skipif(not MTZ.is_file(), reason=f"{MTZ} is not there")


def simple() -> Experiment:
    return Experiment.from_nanobragg(SIMPLE.split())


def golden_experiments() -> list[Any]:
    """Experiments of the golden command lines that this version understands."""
    index = SHARED / "golden" / "index.json"
    if not index.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{index} is not there"))]
    found = []
    for name, run in json.loads(index.read_text()).items():
        try:
            experiment = Experiment.from_nanobragg(
                shlex.split(run["args"]), SHARED / "golden" / "inputs"
            )
        except BraggscopeError:
            continue
        found.append(pytest.param(experiment, id=name))
    return found


def presenter_of(experiment: Experiment) -> FormPresenter:
    presenter = FormPresenter()
    presenter.load(experiment)
    return presenter


# The form without Qt


def test_fields_know_unit_range_and_default() -> None:
    wavelength = specs_by_path()["beam.wavelength_A"]
    assert wavelength.name == "Wavelength, Å"
    for part in (
        "Allowed: at least 1e-06 and at most 1e+06 Å",
        "Default: 1 Å",
        "beam.wavelength_A",
    ):
        assert part in wavelength.tooltip
    units = {path: spec.unit for path, spec in specs_by_path().items()}
    assert units["beam.fluence_per_m2"] == "/m²"
    assert units["background.water_um"] == "µm"
    assert units["detector.org_x_px"] == "px"
    assert units["crystal.cell.alpha_deg"] == "°"


@pytest.mark.parametrize("experiment", golden_experiments())
def test_what_is_put_in_comes_back_equal(experiment: Experiment) -> None:
    presenter = presenter_of(experiment)
    assert presenter.evaluate().draft == experiment
    assert presenter.evaluate().draft is experiment


@pytest.mark.parametrize("experiment", golden_experiments())
def test_typing_every_value_again_changes_nothing(experiment: Experiment) -> None:
    presenter = presenter_of(experiment)
    for leaf, spec in specs_by_path().items():
        if spec.kind == "number" and (text := presenter.state.text(leaf)):
            presenter.edit(leaf, "1.5 nonsense")
            assert presenter.evaluate().draft is None
            presenter.edit(leaf, text)
    typed = presenter.evaluate().draft
    assert typed is not None
    assert typed.model_dump() == experiment.model_dump()


def test_an_edit_keeps_the_sources_of_the_other_fields() -> None:
    presenter = presenter_of(simple())
    presenter.edit("detector.distance_mm", "120")
    edited = presenter.evaluate().experiment
    assert edited is not None
    assert edited.detector.distance_mm == 120
    assert edited.source_of("beam.wavelength_A") == "-lambda"
    assert edited.source_of("detector.distance_mm") == ""
    presenter.edit("detector.distance_mm", "100")
    assert presenter.evaluate().experiment == simple()


@pytest.mark.parametrize(
    ("leaf", "text", "where", "said"),
    [
        ("beam.wavelength_A", "-1", "beam.wavelength_A", "Wavelength = -1 Å is not allowed"),
        ("beam.wavelength_A", "", "beam.wavelength_A", "Wavelength is empty"),
        ("detector.pixel_mm", "0,1", "detector.pixel_mm", "write a point, not a comma"),
        ("crystal.cells_a", "2.5", "crystal.cells_a", "not a whole number"),
        ("beam.kahn_factor", "2", "beam.kahn_factor", "should be at most 1"),
        ("beam.wavelength_A", "nan", "beam.wavelength_A", "must be at least 1e-06"),
        ("crystal.cell.a_A", "", "crystal.cell", "Unit cell: a is missing"),
        ("crystal.cell.alpha_deg", "200", "crystal.cell.alpha_deg", "should be below 180 °"),
        ("detector.roi.fast_min", "3", "detector.roi", "are missing"),
        ("crystal.cell.alpha_deg", "-2", "crystal.cell.alpha_deg", "above 0 and below 180"),
        ("beam.flux_per_s", "-5", "beam.flux_per_s", "Flux = -5 /s can hardly be meant"),
        ("detector.org_x_px", "5", "detector.org_x_px", "ORGX has no effect: the convention"),
        ("detector.fast_axis.1", "1", "detector.fast_axis", "only the convention custom reads it"),
        ("detector.size_fast_mm", "102.4", "detector.size_fast_mm", "the pixels are counted"),
        ("crystal.mosaic_domains", "4", "crystal.mosaic_domains", "without a mosaic spread"),
    ],
)
def test_a_wrong_value_is_explained_at_its_field(
    leaf: str, text: str, where: str, said: str
) -> None:
    presenter = presenter_of(simple())
    presenter.edit(leaf, text)
    evaluation = presenter.evaluate()
    assert evaluation.experiment is None
    assert said in evaluation.problems[where]
    assert said in evaluation.summary


def test_values_that_do_not_go_together_are_explained() -> None:
    presenter = presenter_of(simple())
    presenter.edit("crystal.cell.alpha_deg", "170")
    presenter.edit("crystal.cell.beta_deg", "20")
    assert "no cell has the angles" in presenter.evaluate().problems["crystal.cell"].lower()
    presenter.reset("crystal.cell")
    assert "unit cell or an orientation matrix" in presenter.evaluate().problems["crystal"]


def test_a_flood_of_rotation_steps_is_refused_at_once() -> None:
    presenter = presenter_of(simple())
    presenter.edit("sampling.osc_deg", "3600")
    presenter.edit("sampling.phi_step_deg", "1e-9")
    assert "3.6e+12 φ steps are too many" in presenter.evaluate().problems["sampling.phi_step_deg"]


def test_many_mosaic_domains_do_not_slow_the_form() -> None:
    presenter = presenter_of(simple())
    presenter.edit("crystal.mosaic_spread_deg", "1")
    presenter.edit("crystal.mosaic_domains", "1000000")
    begin = time.perf_counter()
    experiment = presenter.evaluate().experiment
    assert time.perf_counter() - begin < 0.2
    assert experiment is not None
    assert experiment.crystal.mosaic_domains == 10**6


def test_automatic_values_and_hints() -> None:
    evaluation = presenter_of(simple()).evaluate()
    assert evaluation.automatic["sampling.phi_steps"] == "1"
    assert evaluation.automatic["detector.roi.fast_max"] == "127"
    assert evaluation.automatic["crystal.interpolate"] == "no"
    assert "Not used" in evaluation.hints["detector.size_fast_mm"]
    assert evaluation.shape == (128, 128)


def test_a_region_starts_as_the_whole_detector() -> None:
    presenter = presenter_of(simple())
    presenter.spell_out_region()
    experiment = presenter.evaluate().experiment
    assert experiment is not None
    assert experiment.detector.roi is not None
    assert experiment.detector.roi.slow_max == 127
    presenter.reset("detector.roi")
    assert presenter.evaluate().experiment == simple()


def test_a_file_made_experiment_without_sources_works() -> None:
    cell = UnitCell(a_A=10, b_A=11, c_A=12)
    experiment = Experiment(
        crystal=Crystal(cell=cell, default_F=1, cells_a=5, cells_b=5, cells_c=5),
        background=Background(),
    )
    assert presenter_of(experiment).evaluate().experiment == experiment


# Command lines


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


# The widgets


@pytest.fixture
def panel(qtbot: Any) -> ExperimentPanel:
    widget = ExperimentPanel()
    qtbot.addWidget(widget)
    widget.resize(320, 800)
    widget.set_experiment(simple())
    widget.show()
    return widget


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
