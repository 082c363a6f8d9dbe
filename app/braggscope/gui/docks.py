"""Docks of view plugins. One that fails is named and replaced; the window goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

from braggscope.api import BraggscopeError, ViewContribution
from braggscope.gui.messages import from_exception
from braggscope.gui.widgets import set_role
from braggscope.gui.workspace import Workspace
from braggscope.ui import Remembering

_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class RegistryLike(Protocol):
    """What the window asks of the registry; see `braggscope.host.plugins.PluginRegistry`."""

    @property
    def records(self) -> Any: ...

    def engines(self) -> Mapping[str, Any]: ...
    def metrics(self) -> Mapping[str, Any]: ...
    def difference_maps(self) -> Mapping[str, Any]: ...
    def views(self) -> Mapping[str, Any]: ...
    def overlays(self) -> Mapping[str, Any]: ...
    def load(self, contribution: Any) -> Any: ...
    def report(self, contribution: Any, where: str, exception: BaseException) -> Any: ...


class FailedView(QWidget):
    """Stands where a view was that failed."""

    details_asked = Signal(object)

    def __init__(self, title: str, error: BraggscopeError) -> None:
        super().__init__()
        self._error = error
        text = QLabel(f"✗ “{title}” failed and was closed.\n{error.what}")
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(text, "bad")
        details = QPushButton("Details…")
        details.clicked.connect(self._details)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(text)
        layout.addWidget(details, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)

    @Slot()
    def _details(self) -> None:
        self.details_asked.emit(self._error)


class ViewDocks:
    """Makes the docks of view plugins and guards what is in them.

    Args:
        show_details: called with an error to show in full.
    """

    def __init__(
        self,
        window: QMainWindow,
        registry: RegistryLike,
        workspace: Workspace,
        show_details: Callable[[BraggscopeError], None],
    ) -> None:
        self._registry, self._workspace = registry, workspace
        self._show_details = show_details
        self._views: dict[str, ViewContribution] = dict(registry.views())
        # The view object must outlive its widget's signals.
        self._made: dict[str, Any] = {}
        self._seen: dict[str, bool] = {}
        self.docks: dict[str, QDockWidget] = {}
        for view_id, view in self._views.items():
            dock = QDockWidget(view.title, window)
            dock.setObjectName(f"view:{view_id}")
            window.addDockWidget(_AREAS[view.area], dock)
            self._tabify(window, dock, view)
            self.docks[view_id] = dock
            self._seen[view_id] = True
            dock.visibilityChanged.connect(partial(self._dock_seen, view_id))
        workspace.view_wanted.connect(self.bring_up)

    def _tabify(self, window: QMainWindow, dock: QDockWidget, view: ViewContribution) -> None:
        if view.area != "bottom":
            return
        for other_id, other in self.docks.items():
            if self._views[other_id].area == view.area:
                window.tabifyDockWidget(other, dock)
                return

    def bring_up(self, view_id: str) -> None:
        """Show a dock in front of those that share its place."""
        if view_id in self.docks:
            self.docks[view_id].show()
            self.docks[view_id].raise_()

    def fill(self) -> None:
        """Make the views."""
        for view_id, view in self._views.items():
            try:
                made = self._registry.load(view)(self._workspace)
                widget = made.widget()
                if not isinstance(widget, QWidget):
                    raise TypeError(f"widget() gave {widget!r:.100}, no QWidget")
                self._made[view_id] = made
                self._put(view_id, widget)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                self.fail(view_id, error, "making the view")

    def _put(self, view_id: str, widget: QWidget) -> None:
        # Hidden, it must not count as small: docks in tabs are as high as the least of them may be.
        policy = widget.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        widget.setSizePolicy(policy)
        self.docks[view_id].setWidget(widget)
        widget.setVisible(self._seen[view_id])

    def _dock_seen(self, view_id: str, seen: bool) -> None:
        # Qt takes docks behind other tabs for visible: what is in them would go on computing.
        self._seen[view_id] = seen
        widget = self.docks[view_id].widget()
        if widget is not None:
            widget.setVisible(seen)

    def fail(self, view_id: str, error: BaseException, where: str) -> None:
        """Replace a view by the news of its failure."""
        view, dock = self._views[view_id], self.docks[view_id]
        self._registry.report(view, where, error)
        panel = FailedView(view.title, from_exception(error, where=view.title))
        panel.details_asked.connect(self._show_details)
        old = dock.widget()
        self._put(view_id, panel)
        if old is not None:
            # Not deleted here: this may be called from within one of its own slots.
            old.hide()
            old.setParent(None)
            old.deleteLater()
        self._made.pop(view_id, None)

    def states(self) -> dict[str, dict[str, Any]]:
        """View id -> what is chosen in it, of views that say so."""
        found = {}
        for view_id, view in list(self._made.items()):
            if isinstance(view, Remembering):
                try:
                    found[view_id] = dict(view.save_state())
                except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                    self.fail(view_id, error, "saving its state")
        return found

    def restore(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Choose again what was chosen; a view that cannot is named, and stays as it is."""
        for view_id, state in states.items():
            view = self._made.get(view_id)
            if isinstance(view, Remembering):
                try:
                    view.restore_state(state)
                except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                    self._registry.report(self._views[view_id], "restoring its state", error)

    def owner_of(self, trace: TracebackType | None) -> str | None:
        """The view in whose code an exception arose, going by the packages of the factories."""
        packages = {
            view.factory.partition(":")[0].partition(".")[0]: view_id
            for view_id, view in self._views.items()
        }
        owner = None
        while trace is not None:
            package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
            owner = packages.get(package, owner)
            trace = trace.tb_next
        return owner
