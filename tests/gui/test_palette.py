"""The command palette: what it lists, what it finds, and what happens then."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from braggscope.api import Availability
from braggscope.experiment.flag_fields import fields_by_flag, flags_by_field
from braggscope.experiment.nanobragg_flags import FLAG_GROUPS
from braggscope.gui.experiment_panel.fields import specs_by_path
from braggscope.gui.experiment_panel.groups import found as fields_found
from braggscope.gui.palette.commands import Command
from braggscope.gui.palette.dialog import Palette
from braggscope.gui.palette.matching import score_of
from braggscope.gui.palette.presenter import found
from braggscope.gui.palette.sources import menu_commands
from braggscope.gui.window import MainWindow

#: Read by nanoBragg and without effect on the experiment, or said by a header.
WITHOUT_FIELD = {
    "-density", "-sample_den", "-molec", "-MW", "-stolout", "-stol", "-4stol", "-Q", "-coherent",
    "-img",
}  # fmt: skip

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def command(title: str, place: str = "View", **more: object) -> Command:
    return Command(title, title, place, lambda: None, **more)  # type: ignore[arg-type]


def titles(query: str, commands: list[Command], recent: tuple[str, ...] = ()) -> list[str]:
    return [item.command.title for item in found(query, commands, recent)]


def open_palette(window: MainWindow, qtbot: QtBot) -> Palette:
    window.actions_["palette"].trigger()
    palette = window.findChild(Palette)
    assert palette is not None
    qtbot.waitExposed(palette)
    return palette


def choose(palette: Palette, qtbot: QtBot, text: str) -> None:
    """Type and press Enter; the palette is gone then."""
    qtbot.keyClicks(palette.search, text)
    with qtbot.waitSignal(palette.destroyed):
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)


# ── flags ─────────────────────────────────────────────────────────────────────────────────────


def test_every_flag_that_says_something_leads_to_a_field_of_the_form() -> None:
    said = {flag for flags in flags_by_field().values() for flag in flags}
    rows = [flag for group, flags in FLAG_GROUPS.items() if group != "Output" for flag in flags]
    assert {flag.text for flag in rows} - said == WITHOUT_FIELD
    assert set(flags_by_field()) <= set(specs_by_path())


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("-lambda", "beam.wavelength_A"),
        ("-energy", "beam.wavelength_A"),
        ("-mosaic_spread", "crystal.mosaic_spread_deg"),
        ("-fdet_vector", "detector.fast_axis"),
        ("-hkl", "crystal.structure_factors"),
        ("-oversample_omega", "semantics.omega"),
        ("-mosflm", "detector.convention"),
    ],
)
def test_a_flag_finds_its_field(typed: str, path: str) -> None:
    assert path in fields_by_flag(typed)
    assert path in (fields_found(typed) or ())


def test_the_forms_search_takes_flags_and_words_together() -> None:
    assert fields_found("-lam") == {"beam.wavelength_A"}
    assert fields_found("-detpixels slow") == {"detector.pixels_slow"}
    assert fields_found("-nonsense") == frozenset()


def test_a_vector_does_not_lead_to_the_convention_that_it_chooses() -> None:
    assert set(fields_by_flag("-fdet_vector")) == {"detector.fast_axis"}


# ── matching ──────────────────────────────────────────────────────────────────────────────────


def test_whole_words_go_before_beginnings_and_those_before_parts() -> None:
    names = ["Catalogue", "Logarithm", "Log scale"]
    assert titles("log", [command(name) for name in names]) == [
        "Log scale",
        "Logarithm",
        "Catalogue",
    ]


def test_every_word_must_fit_in_any_order_and_place() -> None:
    commands = [command("Dark", "View ▸ Theme"), command("Dark current", "Detector")]
    assert titles("theme dark", commands) == ["Dark"]
    assert titles("dark nothing", commands) == []


@pytest.mark.parametrize("typed", ["wvlngth", "wavelenght", "wavlength", "wl"])
def test_a_hasty_hand_is_understood(typed: str) -> None:
    other = command("Histogram")
    assert titles(typed, [other, command("Wave length Wavelength")])[:1] == [
        "Wave length Wavelength"
    ]


def test_slips_count_only_where_nothing_fits_without() -> None:
    commands = [command("Turn the seam"), command("Same levels")]
    assert titles("seam", commands) == ["Turn the seam"]
    assert titles("saem", commands)[:1] == ["Same levels"]


def test_the_typed_letters_are_known() -> None:
    assert score_of("scale", "Log scale")[1] == (4, 5, 6, 7, 8)
    (item,) = found("lo sc", [command("Log scale")], ())
    assert item.letters == {0, 1, 4, 5}


def test_without_words_the_last_used_come_first() -> None:
    commands = [command("One"), command("Two"), command("Three")]
    assert titles("", commands, ("Three", "gone")) == ["Three", "One", "Two"]
    assert titles("t", [command("Take"), command("Tale")], ("Tale",)) == ["Tale", "Take"]


# ── the window's ──────────────────────────────────────────────────────────────────────────────


def test_it_lists_menus_with_keys_paths_and_check_marks(window: MainWindow) -> None:
    listed = {(c.place, c.title): c for c in window.palette_command.commands()}
    assert listed["View", "Log scale"].key == "L"
    assert listed["View", "Log scale"].checked is True
    assert listed["View ▸ Theme", "Light"].checked is True
    assert listed["Run", "Run A and B"].key == "F5"
    cancel = listed["Run", "Cancel"]
    assert not cancel.enabled
    assert cancel.why == "nothing runs"
    assert "not available: nothing runs" in cancel.spoken
    assert ("Panels", "Go to Experiment") in listed
    assert listed["Experiment ▸ Beam", "Wavelength, Å"].key == "-lambda"


def test_every_action_of_the_menus_is_there(window: MainWindow) -> None:
    listed = {c.title for c in window.palette_command.commands()}
    names = {a.text().replace("&", "") for a in window.actions_.by_name.values()}
    assert names - listed == {"Command palette…"}


def test_enter_does_it_and_it_is_first_the_next_time(window: MainWindow, qtbot: QtBot) -> None:
    choose(open_palette(window, qtbot), qtbot, "log scale")
    qtbot.waitUntil(lambda: not window.actions_["log"].isChecked())
    again = open_palette(window, qtbot)
    assert again.found[0].command.title == "Log scale"
    assert again.found[0].is_recent
    assert again.found[0].command.checked is False
    again.close()


def test_a_recent_file_is_known_again_when_another_was_opened_since(
    window: MainWindow, tmp_path: Path
) -> None:
    def ids() -> dict[str, str]:
        commands = menu_commands(window.menuBar())
        return {command.hint: command.id for command in commands if "recent" in command.place}

    one, other = tmp_path / "one.h5", tmp_path / "other.h5"
    one.touch()
    other.touch()
    window.files.recent.add("session", one)
    before = ids()[str(one)]
    window.files.recent.add("session", other)
    assert ids()[str(one)] == before
    assert ids()[str(other)] != before


def test_a_flag_jumps_to_its_field_in_a_closed_section(window: MainWindow, qtbot: QtBot) -> None:
    form = window.experiment.form
    window.findChild(type(window.panels["experiment"]), "Experiment").hide()
    form.sections["crystal/mosaic"].set_open(False)
    choose(open_palette(window, qtbot), qtbot, "-mosaic_spread")
    row = form.row("crystal.mosaic_spread_deg")
    qtbot.waitUntil(lambda: window.focusWidget() is row.focus_widget())
    assert row.isVisible()
    assert window.panels["experiment"].isVisible()


def test_the_keyboard_alone_is_enough(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    first = palette.chosen
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.chosen is not first
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.chosen is first
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.chosen is palette.found[-1].command
    with qtbot.waitSignal(palette.destroyed):
        qtbot.keyClick(palette.search, Qt.Key.Key_Escape)


def test_what_cannot_be_done_stays_and_says_why(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    qtbot.keyClicks(palette.search, "turn seam")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert palette.note.text() == "only the arrangement Split has a seam"
    palette.close()


def test_nothing_found_is_said(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    qtbot.keyClicks(palette.search, "xyzzy")
    assert palette.nothing.isVisible()
    assert palette.chosen is None
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.close()


def test_engines_can_be_chosen_and_those_that_cannot_run_say_why(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.session.availability["nanobragg-c"] = Availability(False, reason="no program")
    listed = {c.title: c for c in window.palette_command.commands()}
    off = listed["Engine of A: nanoBragg (C)"]
    assert (off.enabled, off.why) == (False, "no program")
    assert listed["Engine of A: torch CPU"].checked
    choose(open_palette(window, qtbot), qtbot, "engine of b torch")
    qtbot.waitUntil(lambda: window.session.slot("B").engine == "torch-cpu")


def test_a_closed_panel_is_brought_back(window: MainWindow, qtbot: QtBot) -> None:
    window.panels["runs"].hide()
    choose(open_palette(window, qtbot), qtbot, "go to runs and")
    qtbot.waitUntil(window.panels["runs"].isVisible)


def test_the_last_used_are_remembered_in_the_settings(
    window: MainWindow, qtbot: QtBot, own_settings: Path
) -> None:
    choose(open_palette(window, qtbot), qtbot, "invert colours")
    assert window.memory.choice("palette").startswith("View ▸ Invert colours")
