"""What all docks of this plugin do: nothing before they are seen, or while they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from braggscope.api import BraggscopeError
from braggscope.ui import ViewContext
from braggscope.ui.choices import choices_of, choose
from braggscope_plots.elided import ElidedLabel
from braggscope_plots.pixels import Check
from braggscope_plots.state import State, problem_text
from braggscope_plots.work import Channel, load_library

#: Changes that come together are one.
_SETTLE_MS = 15


class Dock(QWidget):
    """A dock that fills itself when it is seen, and follows the window while it is seen.

    Subclasses build their content, say why there is nothing to show, and give the work that makes
    what they show.

    Attributes:
        refreshes: how often work was asked for.
        kept: controls by names, whose choices a session keeps.
    """

    def __init__(self, context: ViewContext, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.context = context
        self.channel = Channel(self)
        self.channel.done.connect(self._done)
        self.refreshes = 0
        self.kept: dict[str, QWidget] = {}
        self._wanted: Mapping[str, Any] = {}
        self._built = False
        self._stale = True
        self._drawn_images: tuple[object, object] = (None, None)
        self._timer = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._timer.timeout.connect(self._refresh_if_seen)
        QVBoxLayout(self).setContentsMargins(6, 6, 6, 6)
        context.images_changed.connect(self._images_changed)
        context.regions_changed.connect(self._regions_changed)
        context.cursor_moved.connect(self._cursor_moved)
        context.line_changed.connect(self._line_changed)
        context.theme_changed.connect(self._theme_changed)

    # ── for subclasses ────────────────────────────────────────────────────────────────────────

    def build(self) -> tuple[QWidget, QWidget]:
        """Make the controls above, and the content that a message may stand in for."""
        raise NotImplementedError

    def watched(self) -> frozenset[str]:
        """What the content depends on beside the images: "regions", "cursor", "line"."""
        return frozenset()

    def refusal(self, state: State) -> str:
        """Why there is nothing to show, and what to do; "" when there is."""
        raise NotImplementedError

    def work(self, state: State) -> Callable[[Check], Any]:
        """What makes the content; called in a thread."""
        raise NotImplementedError

    def show_result(self, result: Any) -> None:
        """Show what the work gave."""
        raise NotImplementedError

    def regions_listed(self) -> None:
        """There are other regions to choose from."""

    def apply_theme(self) -> None:
        """The colours changed."""

    def status_text(self) -> str:
        """The line below the content, while nothing is pointed at."""
        return ""

    # ── for everyone ──────────────────────────────────────────────────────────────────────────

    def state(self) -> State:
        """The window now."""
        context = self.context
        sides = {"A": context.image("A"), "B": context.image("B")}
        return State(
            {side: image for side, image in sides.items() if image is not None},
            {"A": context.label("A"), "B": context.label("B")},
            context.regions,
            context.line,
            context.cursor,
        )

    @property
    def is_busy(self) -> bool:
        """Whether something is being computed, or about to be."""
        return self._timer.isActive() or self.channel.is_busy

    @property
    def is_content_shown(self) -> bool:
        """Whether there is content, not a message."""
        return self._built and self.stack.currentIndex() == 1

    def outdate(self) -> None:
        """What is shown is not what it should be: make it anew, now or when it is seen."""
        self._stale = True
        if self._built and self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def say(self, text: str = "") -> None:
        """Put something into the line below; "" is the content's own line."""
        if not self._built:
            return
        text = text or self.status_text()
        self.status.show_text(text)

    def save_state(self) -> Mapping[str, Any]:
        """What is chosen, or will be once the controls are there."""
        return choices_of(self.kept) if self._built else self._wanted

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that, now or once the controls are there."""
        self._wanted = state
        if self._built:
            choose(self.kept, state)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the content the first time; catch up every time."""
        super().showEvent(event)
        if not self._timer.isActive() and self._stale:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop: who does not see it does not need it."""
        super().hideEvent(event)
        self._timer.stop()
        if self.channel.is_busy:
            self.channel.forget()
            self._stale = True

    @Slot()
    def _refresh_if_seen(self) -> None:
        if not self.isVisible():
            return
        if not self._built:
            self._fill()
        if self._stale:
            self._refresh()

    def _fill(self) -> None:
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setMinimumWidth(1)
        self.status = ElidedLabel()
        controls, content = self.build()
        self.controls, self.content = controls, content
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(content)
        self.stack.setMinimumHeight(60)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setSpacing(3)
        layout.addWidget(controls)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.status)
        self.setFocusProxy(content)
        self._built = True
        self.regions_listed()
        choose(self.kept, self._wanted)
        self.apply_theme()

    def _refresh(self) -> None:
        self._stale = False
        state = self.state()
        refusal = self.refusal(state)
        if refusal:
            self.channel.forget()
            self._show_message(refusal)
            return
        self.refreshes += 1
        images = (state.images.get("A"), state.images.get("B"))
        same = images == self._drawn_images
        self._drawn_images = images
        self.channel.submit(self.work(state), stop=not (same and self.follows_pointer()))
        if self.is_content_shown:
            # The old content stays until the new one is there.
            self.say()
        else:
            self._show_message("Computing …")

    def follows_pointer(self) -> bool:
        """Whether the content changes with every step of the pointer, and is quick to make."""
        return bool(self.watched() & {"cursor", "line"})

    def _show_message(self, text: str) -> None:
        self.message.setText(text)
        self.stack.setCurrentIndex(0)
        self.status.show_text("")
        self.controls_enabled(False)

    def controls_enabled(self, there: bool) -> None:
        """Content is there, or not: there is something to copy, or nothing."""

    @Slot(int, object, object)
    def _done(self, ticket: int, result: Any, error: Exception | None) -> None:
        if isinstance(error, BraggscopeError):
            self._show_message(problem_text(error))
            return
        if error is not None:
            raise error
        self.show_result(result)
        self.stack.setCurrentIndex(1)
        self.controls_enabled(True)
        self.say()

    def _watch(self, what: str) -> None:
        if self._built and what in self.watched():
            self.outdate()

    @Slot()
    def _images_changed(self) -> None:
        load_library()
        self.outdate()

    @Slot()
    def _regions_changed(self) -> None:
        if self._built:
            self.regions_listed()
        self._watch("regions")

    @Slot(object)
    def _cursor_moved(self, _pixel: object) -> None:
        self._watch("cursor")

    @Slot()
    def _line_changed(self) -> None:
        self._watch("line")

    @Slot()
    def _theme_changed(self) -> None:
        if self._built:
            self.apply_theme()
