"""The form as a whole: every field, folded sections, search, files, errors at their fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from braggscope.experiment import Experiment
from braggscope.experiment.model import MaskFile, SourceList
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel import ExperimentPanel
from braggscope.gui.experiment_panel.arrangement import GROUPS, SEMANTICS
from braggscope.gui.experiment_panel.fields import specs_by_path
from braggscope.gui.experiment_panel.groups import Count, form_groups, found
from braggscope.gui.experiment_panel.presenter import FormPresenter
from tests.gui.experiment_panel.samples import simple

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

FIELDS = [
    f"{group}.{name}"
    for group, info in Experiment.model_fields.items()
    for name in info.annotation.model_fields  # type: ignore[union-attr]
] + [f"{SEMANTICS}.{name}" for name in Semantics.model_fields]


@pytest.fixture
def panel(qtbot: QtBot) -> ExperimentPanel:
    widget = ExperimentPanel()
    qtbot.addWidget(widget)
    widget.resize(300, 640)
    widget.set_experiment(simple())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def type_into(qtbot: QtBot, edit: QWidget, text: str) -> None:
    assert isinstance(edit, QLineEdit)
    edit.clear()
    qtbot.keyClicks(edit, text)


# ── every field ───────────────────────────────────────────────────────────────────────────────


def test_every_field_of_the_models_has_one_place() -> None:
    placed = [spec.path for group in form_groups() for spec in group.fields]
    assert sorted(placed) == sorted([*FIELDS, SEMANTICS])
    assert not [s for group in form_groups() for s in group.subsections if s.title == "More"]
    assert [group.title for group in GROUPS][:3] == ["Beam", "Crystal", "Detector"]


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_has_an_editor_with_a_name(panel: ExperimentPanel, path: str) -> None:
    row = panel.form.row(path)
    assert row.spec.path == path
    editor = row.focus_widget()
    assert editor.focusPolicy() != Qt.FocusPolicy.NoFocus
    assert editor.accessibleName()
    assert path in row.label.toolTip()


@pytest.mark.parametrize(
    ("path", "leaf", "text", "value"),
    [
        ("beam.dispersion_percent", "", "0.5", 0.5),
        ("beam.divergence_h_steps", "", "3", 3),
        ("beam.exposure_s", "", "0.1", 0.1),
        ("crystal.misset_seed", "", "7", 7),
        ("crystal.size_a_mm", "", "0.01", 0.01),
        ("detector.rotation_x_deg", "", "5", 5.0),
        ("detector.thickness_um", "", "450", 450.0),
        ("sampling.dmin_A", "", "2", 2.0),
        ("background.water_um", "", "100", 100.0),
    ],
)
def test_what_is_typed_is_told(
    qtbot: QtBot, panel: ExperimentPanel, path: str, leaf: str, text: str, value: object
) -> None:
    with qtbot.waitSignal(panel.experiment_changed, timeout=2000) as signal:
        type_into(qtbot, panel.form.row(path).focus_widget(), text)
    group, _, name = path.partition(".")
    assert getattr(getattr(signal.args[0], group), name) == value


def test_axes_are_directions_and_not_angles(qtbot: QtBot, panel: ExperimentPanel) -> None:
    spec = specs_by_path()["detector.fast_axis"]
    assert [member.unit for member in spec.members] == ["", "", ""]
    assert spec.members[0].description == "Component along x."
    assert specs_by_path()["crystal.misset_deg"].members[0].description == "Rotation about x."
    presenter = FormPresenter()
    presenter.load(simple())
    presenter.choose("detector.convention", "custom")
    presenter.edit("detector.fast_axis.1", "2")
    experiment = presenter.evaluate().experiment
    assert experiment is not None
    assert experiment.detector.fast_axis == (0.0, 2.0, 0.0)
    assert presenter.evaluate().automatic["detector.slow_axis.0"]


# ── sections ──────────────────────────────────────────────────────────────────────────────────


def test_sub_sections_are_closed_unless_they_hold_something(panel: ExperimentPanel) -> None:
    sections = panel.form.sections
    opened = {path for path, section in sections.items() if "/" in path and section.is_open}
    assert opened == set()
    panel.set_experiment(simple().with_override("crystal.mosaic_spread_deg", 0.5))
    opened = {path for path, section in sections.items() if "/" in path and section.is_open}
    assert opened == {"crystal/mosaic"}
    assert sections["crystal/mosaic"].header.text() == "Mosaic  ·  1 changed"
    assert "open" in sections["crystal/mosaic"].header.accessibleName()


def test_sections_fold(qtbot: QtBot, panel: ExperimentPanel) -> None:
    for path in ("beam", "beam/polarisation"):
        section = panel.form.sections[path]
        before = section.body.isVisible()
        qtbot.keyClick(section.header, Qt.Key.Key_Space)
        assert section.body.isVisible() is not before
        qtbot.keyClick(section.header, Qt.Key.Key_Space)
        assert section.body.isVisible() is before


def test_closed_sections_are_filled_when_there_is_time(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    qtbot.waitUntil(lambda: len(panel.form.rows) == len(FIELDS) + 1)


def test_the_tab_key_follows_the_eye(qtbot: QtBot, panel: ExperimentPanel) -> None:
    qtbot.waitUntil(lambda: len(panel.form.rows) == len(FIELDS) + 1)
    form = panel.form
    stops: list[QWidget] = []
    widget: QWidget = form.sections["beam"].header
    for _ in range(2000):
        if form.isAncestorOf(widget):
            stops.append(widget)
        widget = widget.nextInFocusChain()
        if widget is form.sections["beam"].header:
            break
    places = [
        stops.index(form.rows[spec.path].focus_widget())
        for group in form_groups()
        for spec in group.fields
    ]
    assert places == sorted(places)


def test_nothing_is_cut_off_or_scrolled_sideways_at_300_px(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    """As wide as the panel is in a window of 1366 × 768."""
    for section in panel.form.sections.values():
        section.set_open(True)
    qtbot.wait(20)
    QApplication.processEvents()
    assert panel.form.width() <= panel.scroll_area.viewport().width()
    for row in panel.form.rows.values():
        assert row.label.width() >= row.label.sizeHint().width(), row.spec.path
    for section in panel.form.sections.values():
        fields = section.spec.fields
        wrong = 0 if fields[0].is_semantic else min(2, len(fields))
        section.summarise(Count(len(fields), wrong))
        assert section.header.sizeHint().width() <= section.header.width(), section.spec.path


# ── search ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("wavelength", "beam.wavelength_A"),
        ("MOSAIC spread", "crystal.mosaic_spread_deg"),
        ("phi_steps", "sampling.phi_steps"),
        ("φ start", "sampling.phi_start_deg"),
        ("cell alpha", "crystal.cell"),
        ("solid angle", "semantics.omega"),
        ("semantics omega", "semantics.omega"),
    ],
)
def test_fields_are_found_by_title_or_name(query: str, path: str) -> None:
    paths = found(query)
    assert paths is not None
    assert path in paths
    assert len(paths) < 12


def test_a_search_shows_what_it_finds_and_ends_as_it_began(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    form = panel.form
    assert not form.sections["detector/sensor"].is_open
    panel.find_field()
    assert panel.search.hasFocus()
    qtbot.keyClicks(panel.search, "thickness")
    assert form.row("detector.thickness_um").isVisible()
    assert form.sections["detector/sensor"].is_open
    assert not form.row("detector.curved").isVisible()
    assert not form.sections["beam"].isVisible()
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert form.row("detector.thickness_um").focus_widget().hasFocus()
    panel.search.setFocus()
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.text() == ""
    assert not form.sections["detector/sensor"].is_open
    assert form.sections["beam"].isVisible()
    assert form.row("beam.wavelength_A").isVisible()
    qtbot.keyClicks(panel.search, "no such thing")
    assert form.nothing_found.isVisible()


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def test_a_source_file_is_read(qtbot: QtBot, panel: ExperimentPanel, tmp_path: Path) -> None:
    path = tmp_path / "sources.txt"
    path.write_text("-10 0 0 1 1e-10\n\n-10, 0.03 0\n")
    row: Any = panel.form.row("beam.sources")
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000) as signal:
        row.open(path)
    sources = signal.args[0].beam.sources
    assert isinstance(sources, SourceList)
    assert [source.weight for source in sources.rows] == [1.0, None]
    assert row.file_name.text() == "sources.txt, 2 sources"
    path.write_text("the sun\n")
    row.open(path)
    qtbot.waitUntil(lambda: "is not a number" in row.message, timeout=5000)
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000) as signal:
        row.reset.click()
    assert signal.args[0].beam.sources is None


def test_a_mask_is_taken_if_it_is_an_image(
    qtbot: QtBot, panel: ExperimentPanel, tmp_path: Path
) -> None:
    path = tmp_path / "mask.img"
    path.write_bytes(b"{\nHEADER_BYTES=512;\nSIZE1=2;\nSIZE2=2;\n}\n".ljust(520, b"\0"))
    row: Any = panel.form.row("detector.mask")
    with qtbot.waitSignal(panel.experiment_changed, timeout=5000) as signal:
        row.open(path)
    assert isinstance(signal.args[0].detector.mask, MaskFile)
    assert row.file_name.text() == "mask.img"
    path.write_text("no image")
    row.open(path)
    qtbot.waitUntil(lambda: "cannot be used as a mask" in row.message, timeout=5000)
    assert "mask.img stays" in row.message


# ── values that can hardly be meant ───────────────────────────────────────────────────────────


def test_a_value_without_effect_is_an_error_at_its_field(
    qtbot: QtBot, panel: ExperimentPanel
) -> None:
    told: list[Experiment] = []
    panel.experiment_changed.connect(told.append)
    row = panel.form.row("detector.org_x_px")
    with qtbot.waitSignal(panel.problem_changed, timeout=2000):
        type_into(qtbot, row.focus_widget(), "5")
    assert "ORGX has no effect: the convention mosflm" in row.message
    assert panel.form.sections["detector/nearest"].is_open
    assert "1 wrong" in panel.form.sections["detector/nearest"].header.text()
    assert panel.experiment() is None
    assert told == []
    with qtbot.waitSignal(panel.problem_changed, timeout=2000):
        row.reset.click()
    assert panel.experiment() == simple()


def test_a_default_that_is_said_in_vain_can_be_reset(qtbot: QtBot, panel: ExperimentPanel) -> None:
    row = panel.form.row("detector.size_fast_mm")
    with qtbot.waitSignal(panel.problem_changed, timeout=2000):
        type_into(qtbot, row.focus_widget(), "102.4")
    assert "the pixels are counted" in row.message
    assert row.reset.isVisible()
    with qtbot.waitSignal(panel.problem_changed, timeout=2000):
        row.reset.click()
    assert panel.problem == ""


def test_what_is_automatic_shows_where_it_means_something() -> None:
    presenter = FormPresenter()
    presenter.load(simple())
    assert "detector.thickness_layers" not in presenter.evaluate().automatic
    presenter.edit("detector.thickness_um", "450")
    presenter.edit("beam.divergence_h_mrad", "1")
    presenter.edit("crystal.size_a_mm", "0.001")
    evaluation = presenter.evaluate()
    assert evaluation.automatic["detector.thickness_layers"] == "2"
    assert evaluation.automatic["detector.attenuation_um"] == "450"
    assert evaluation.automatic["beam.divergence_h_steps"] == "2"
    assert evaluation.hints["crystal.cells_a"] == "Not used: the size makes 100 cells"


def test_another_convention_marks_all_that_loses_its_effect(panel: ExperimentPanel) -> None:
    presenter = FormPresenter()
    presenter.load(simple())
    presenter.choose("detector.convention", "custom")
    for leaf in ("beam.direction.0", "detector.normal_axis.2", "sampling.spindle_axis.1"):
        presenter.edit(leaf, "1")
    assert presenter.evaluate().problems == {}
    presenter.choose("detector.convention", "xds")
    assert set(presenter.evaluate().problems) == {
        "beam.direction",
        "detector.normal_axis",
        "sampling.spindle_axis",
    }
    # The values are known all the same: what is automatic still shows.
    assert presenter.evaluate().automatic["sampling.phi_steps"] == "1"
