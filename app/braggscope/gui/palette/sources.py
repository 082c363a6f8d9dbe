"""Where the palette's commands come from: menus, panels, runs and engines, fields of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMenu, QMenuBar, QWidget

from braggscope.gui.allowing import why_not
from braggscope.gui.experiment_panel.groups import form_groups
from braggscope.gui.palette.commands import Command
from braggscope.gui.session import SIDES, Session

_ARROW = " ▸ "


def menu_commands(bar: QMenuBar, besides: Iterable[QAction] = ()) -> list[Command]:
    """Every action of the menus, with its key, menu path, check mark, and whether it can be done.

    Args:
        besides: actions that are left out.
    """
    left_out = set(besides)
    return [
        command
        for top in bar.actions()
        if (menu := menu_of(top)) is not None
        for command in _of_menu(menu, (plain(top.text()),), True, left_out)
    ]


def _of_menu(
    menu: QMenu, path: tuple[str, ...], enabled: bool, left_out: set[QAction]
) -> Iterator[Command]:
    # Some menus are filled when they open.
    menu.aboutToShow.emit()
    for action in menu.actions():
        if action.isSeparator() or not action.isVisible() or action in left_out:
            continue
        if not action.isEnabled() and len(menu.actions()) == 1:
            # It only says that there is nothing here.
            continue
        inner, title = menu_of(action), plain(action.text())
        if inner is not None:
            yield from _of_menu(inner, (*path, title), enabled and action.isEnabled(), left_out)
            continue
        yield Command(
            id=action.objectName() or _ARROW.join((*path, title)),
            title=title,
            place=_ARROW.join(path),
            call=action.trigger,
            key=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            checked=action.isChecked() if action.isCheckable() else None,
            enabled=enabled and action.isEnabled(),
            why=why_not(action),
            words=(action.toolTip(),),
            hint=action.toolTip(),
        )


def menu_of(action: QAction) -> QMenu | None:
    """The menu that an action opens."""
    menu = action.menu()
    return menu if isinstance(menu, QMenu) else None


def plain(text: str) -> str:
    """An action's text without the mark of its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def panel_commands(docks: Iterable[QDockWidget]) -> list[Command]:
    """Going to a panel, be it closed or behind another one."""
    return [
        Command(
            id=f"panel {dock.objectName()}",
            title=f"Go to {dock.windowTitle()}",
            place="Panels",
            call=partial(go_to, dock),
            words=("show panel dock tab",),
            hint=f"Show the panel “{dock.windowTitle()}” and give it the keys",
        )
        for dock in docks
    ]


def go_to(dock: QDockWidget) -> None:
    """Show a panel and give its first editor the keys."""
    dock.show()
    dock.raise_()
    content = dock.widget()
    if content is None:
        return
    after: QWidget | None = content
    for _ in range(500):
        if after is None or not dock.isAncestorOf(after):
            return
        takes_keys = bool(after.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_keys and after.isEnabled() and after.isVisibleTo(dock):
            after.setFocus(Qt.FocusReason.TabFocusReason)
            return
        after = after.nextInFocusChain()


def run_commands(session: Session, reveal: Callable[[int], object]) -> list[Command]:
    """Going to a row of the runs, and which engine A and B have.

    Args:
        reveal: shows the row of an id.
    """
    found = [
        Command(
            id=f"row {number}",
            title=f"Go to {name if name.startswith('run') else f'run {name}'}"
            f": {session.label(slot)}",
            place="Runs",
            call=partial(reveal, slot.id),
            words=("show row engine", slot.engine),
        )
        for number, slot in enumerate(session.slots, 1)
        for name in (session.name_of(slot),)
    ]
    for side in SIDES:
        slot = session.slot(side)
        for engine in session.engines.values():
            known = session.availability.get(engine.id)
            missing = known is not None and not known.available
            found.append(
                Command(
                    id=f"engine {side} {engine.id}",
                    title=f"Engine of {side}: {engine.title}",
                    place="Runs",
                    call=partial(session.edit, slot.id, engine=engine.id),
                    checked=slot.engine == engine.id,
                    enabled=not missing,
                    why=known.reason if known is not None and missing else "",
                    words=(engine.id, "use simulator run with"),
                    hint=engine.description,
                )
            )
    return found


def field_commands(go_to_field: Callable[[str], object]) -> list[Command]:
    """Jumping to a field of the form, found by its title, its name in files, or a flag."""
    found = []
    for group in form_groups():
        for section in group.sections:
            path = ["Experiment", group.everyday.title]
            path += [section.title] if section is not group.everyday else []
            for spec in section.fields:
                members = [f"{leaf.title} {leaf.path}" for leaf in spec.members]
                found.append(
                    Command(
                        id=f"field {spec.path}",
                        title=spec.name,
                        place=_ARROW.join(path),
                        call=partial(go_to_field, spec.path),
                        key=spec.flags[0] if spec.flags else "",
                        words=(
                            " ".join((spec.path, *spec.path.split("."), *members)),
                            " ".join(spec.flags),
                            "field",
                        ),
                        hint=spec.tooltip,
                    )
                )
    return found
