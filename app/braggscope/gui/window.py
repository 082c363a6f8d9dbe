"""The main window: puts the panels together and turns actions into requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError, Semantics
from braggscope.experiment import Experiment
from braggscope.gui.actions import Actions
from braggscope.gui.agreement.view import AgreementPanel
from braggscope.gui.allowing import allow
from braggscope.gui.benchmark.opening import BenchmarkCommand
from braggscope.gui.commands import TRACE_TOPIC, WindowCommands
from braggscope.gui.display_bar import DisplayBar
from braggscope.gui.display_choices import DisplayChoices
from braggscope.gui.dock_widths import DockWidths
from braggscope.gui.docks import RegistryLike, ViewDocks
from braggscope.gui.document import UNTITLED, Document
from braggscope.gui.experiment_panel import ExperimentPanel
from braggscope.gui.files import FileCommands
from braggscope.gui.folders import Folders
from braggscope.gui.host_like import HostLike
from braggscope.gui.image_commands import ImageCommands
from braggscope.gui.images.panel import ImagesPanel
from braggscope.gui.layout_memory import LAYOUT_VERSION, LayoutMemory
from braggscope.gui.logbook.collector import LogCollector
from braggscope.gui.messages import ErrorDialog, MessageBar, from_exception
from braggscope.gui.palette.opening import PaletteCommand
from braggscope.gui.runs.panel import RunsPanel
from braggscope.gui.session_files.commands import SessionCommands
from braggscope.gui.statusline import StatusLine
from braggscope.gui.style import apply_theme
from braggscope.gui.unsaved import Answer, ask_about_edits
from braggscope.gui.widgets import ColumnArea
from braggscope.gui.workspace import Workspace
from braggscope.ui.theme import ThemeChoice, chosen_theme, current_theme

#: Room for the verdict and the usual metrics.
_AGREEMENT_HEIGHT = 310


class MainWindow(QMainWindow):
    """Braggscope's window.

    Args:
        host: runs engines and analyses; the window closes it.
        registry: the plugins.
    """

    def __init__(self, host: HostLike, registry: RegistryLike) -> None:
        super().__init__()
        self.document = Document()
        self.ask_about_edits: Callable[[QWidget, str], Answer] = ask_about_edits
        self.setWindowTitle(self.document.title)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.registry = registry
        self.workspace = Workspace(host, registry.engines(), self)
        self.session = self.workspace.session
        self._host = host
        self._started = self._closed = self._at_once = False
        self.memory = LayoutMemory()
        self.folders = Folders(self.memory)
        maps = registry.difference_maps()
        self.actions_ = Actions(self, maps)
        self._build_center(maps)
        self._build_docks()
        self.views = ViewDocks(self, registry, self.workspace, self.show_details)
        self.log = LogCollector(self)
        self.files = FileCommands(self)
        self.image_commands = ImageCommands(self)
        self.benchmark = BenchmarkCommand(self)
        self.palette_command = PaletteCommand(self)
        self.commands = WindowCommands(self)
        self.sessions = SessionCommands(self)
        self.display = DisplayChoices(self.actions_, self.toolbar, self.images.presenter)
        self._connect()
        self.plain_state = QByteArray()
        self._lay_out()

    # ── building ──────────────────────────────────────────────────────────────────────────────

    def _build_center(self, maps: Any) -> None:
        self.toolbar = DisplayBar(self.actions_, maps, self)
        self.addToolBar(self.toolbar)
        self.images = ImagesPanel(self.workspace, maps, self)
        self.message = MessageBar(self)
        center = QWidget(self)
        layout = QVBoxLayout(center)
        layout.setContentsMargins(4, 4, 4, 0)
        layout.setSpacing(4)
        layout.addWidget(self.message)
        layout.addWidget(self.images, 1)
        self.setCentralWidget(center)
        self.status = StatusLine(self.workspace, self.images.presenter, self)
        self.setStatusBar(self.status)

    def _build_docks(self) -> None:
        area = Qt.DockWidgetArea
        for corner, side in (
            (Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, area.RightDockWidgetArea),
        ):
            self.setCorner(corner, side)
        docks = self.panels = {
            "experiment": self._dock("Experiment", area.LeftDockWidgetArea),
            "runs": self._dock("Runs and agreement", area.RightDockWidgetArea),
        }
        # Made where it stays: moving many widgets to another parent takes long.
        self.experiment = ExperimentPanel(docks["experiment"])
        self.runs = RunsPanel(self.workspace, self.actions_["run"], self.actions_["cancel"], self)
        self.agreement = AgreementPanel(self.workspace, self.registry.metrics(), self)
        scroll = ColumnArea(self.runs, self)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(scroll)
        both.addWidget(self.agreement)
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 0)
        both.setChildrenCollapsible(False)
        both.setSizes([1000, _AGREEMENT_HEIGHT])
        docks["experiment"].setWidget(self.experiment)
        docks["runs"].setWidget(both)
        DockWidths(self, docks.values())

    def _dock(self, title: str, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        self.addDockWidget(area, dock)
        return dock

    def _lay_out(self) -> None:
        available = self.screen().availableGeometry()
        self.resize(min(1720, available.width()), min(980, available.height()))
        docks, horizontal = self.panels, Qt.Orientation.Horizontal
        wide = self.width() >= 1600
        sizes = [330, 410] if wide else [300, 336]
        self.resizeDocks([docks["experiment"], docks["runs"]], sizes, horizontal)
        below = list(self.views.docks.values())
        if below:
            height = max(250, self.height() * 3 // 10)
            self.resizeDocks(below[:1], [height], Qt.Orientation.Vertical)
            below[0].raise_()
        for dock in (*docks.values(), *below):
            self.actions_.docks_menu.addAction(dock.toggleViewAction())
        self.plain_state = self.saveState(LAYOUT_VERSION)
        self.memory.restore(self)

    def _connect(self) -> None:
        actions, session = self.actions_, self.session
        handlers = {
            **self.commands.handlers(),
            **self.files.handlers(),
            **self.image_commands.handlers(),
            **self.sessions.handlers(),
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _checked=False, call=handler: call())
        actions.themes.triggered.connect(self.commands.choose_theme)
        actions.maps.triggered.connect(lambda action: session.analyser.choose_map(action.data()))
        box = self.toolbar.maps
        box.activated.connect(lambda index: session.analyser.choose_map(box.itemData(index)))
        self.experiment.experiment_changed.connect(self._experiment_edited)
        self.experiment.problem_changed.connect(self._experiment_problem)
        self.experiment.semantics_changed.connect(session.set_semantics)
        self.experiment.semantics_changed.connect(self._show_document)
        self.experiment.pasted.connect(self._pasted)
        self.experiment.may_replace = self.files.may_go_on
        self.workspace.images_changed.connect(lambda: self.message.settle(TRACE_TOPIC))
        self.workspace.slots_changed.connect(self._refresh)
        self.workspace.trace_changed.connect(self._refresh)
        self.workspace.analysis_changed.connect(self._refresh)
        self.images.hovered.connect(self.status.hover)
        self.images.pictures_changed.connect(self.status.refresh)
        self.message.details_asked.connect(self.show_details)
        self.runs.details_asked.connect(self.show_details)
        self.runs.shape_asked.connect(self.files.images.fit_detector)
        self._refresh()

    # ── starting and ending ───────────────────────────────────────────────────────────────────

    @Slot()
    def start(self) -> None:
        """What can wait until the window is on screen: views, icons, image canvases, workers."""
        if self._started or self._closed:
            return
        self._started = True
        self.actions_.set_icons()
        self.views.fill()
        self.log.start()
        for slot in self.session.slots:
            self.session.check_engine(slot.engine)
        self.images.setFocus()
        self.sessions.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing running; not before edits are saved or given up."""
        if not self._closed and not self.files.may_go_on():
            event.ignore()
            return
        if not self._closed:
            self._closed = True
            self.memory.save(self)
            self.hide()
            self.sessions.close(keep=self._at_once)
            self.benchmark.close()
            self.files.close()
            self.workspace.close()
            self.log.close()
            self.image_commands.close()
            self.images.close_thread()
            self._host.close()
        super().closeEvent(event)

    def close_at_once(self) -> None:
        """Close without a question; what is not saved is offered to the next window."""
        self._at_once = True
        self.ask_about_edits = lambda parent, name: "discard"
        self.close()

    # ── experiment ────────────────────────────────────────────────────────────────────────────

    def set_experiment(
        self,
        experiment: Experiment,
        name: str = "",
        semantics: Semantics | None = None,
        path: Path | None = None,
    ) -> None:
        """Show another experiment.

        Args:
            name: what the title calls it.
            semantics: of all runs; None: the chosen ones stay.
            path: the file to save it to; None: none yet.
        """
        self.experiment.set_experiment(experiment, semantics)
        self.session.set_semantics(self.experiment.semantics())
        self.session.set_experiment(self.experiment.experiment(), self.experiment.problem)
        self.set_document(Document(name, path, experiment, self.experiment.semantics()))

    def set_document(self, document: Document) -> None:
        """The form belongs to another file from now on, and edits count from what that holds."""
        self.document = document
        self._show_document()

    @Slot()
    def _pasted(self) -> None:
        self.experiment.settle()
        self.set_document(Document(UNTITLED))

    @Slot(object)
    def _experiment_edited(self, experiment: Experiment) -> None:
        self.session.set_experiment(experiment)
        self._show_document()

    @Slot(str)
    def _experiment_problem(self, problem: str) -> None:
        self.session.set_experiment(None, problem)
        self._show_document()

    def edits(self) -> object:
        """What the form holds, to see later whether it still does."""
        form = self.experiment
        form.settle()
        return form.experiment(), form.semantics(), form.problem

    @Slot()
    def _show_document(self) -> None:
        self.setWindowTitle(self.document.title)
        form = self.experiment
        self.setWindowModified(
            self.document.is_edited(form.experiment(), form.semantics(), form.problem)
        )

    # ── actions ───────────────────────────────────────────────────────────────────────────────

    @Slot()
    def _refresh(self) -> None:
        allow(self.actions_["cancel"], self.session.is_busy, "nothing runs")
        self.display.show_map(self.session.analyser.difference_map)
        pictures = self.images.presenter
        for tile in ("A", "B", "D"):
            there = pictures.picture(tile) is not None
            name = "difference" if tile == "D" else f"image {tile}"
            allow(self.actions_[f"png_{tile.lower()}"], there, f"there is no {name} yet")

    def apply_theme(self, choice: ThemeChoice) -> None:
        """Show the window in light, dark, or the system's colours."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, chosen_theme(choice))
        self.display.show_theme(choice)
        self.images.apply_theme(current_theme())
        if self._started:
            self.actions_.set_icons()
        self.workspace.theme_changed.emit()

    # ── messages ──────────────────────────────────────────────────────────────────────────────

    def show_problem(self, error: BaseException, topic: str = "") -> None:
        """Say above the images what went wrong; see `MessageBar.settle` for the topic."""
        self.message.show_error(from_exception(error), topic)

    @Slot(object)
    def show_details(self, error: BraggscopeError) -> None:
        """Show an error in full."""
        ErrorDialog(error, self).open()

    def unhandled(self, error: BaseException) -> None:
        """An exception that nobody caught: name the view it comes from, and go on."""
        view_id = self.views.owner_of(error.__traceback__)
        if view_id is not None:
            self.views.fail(view_id, error, "a signal or event")
        else:
            self.show_problem(error)

    # ── drops ─────────────────────────────────────────────────────────────────────────────────

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that can be opened."""
        if self.files.dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open an experiment, images, or both."""
        dropped = self.files.dropped(event.mimeData())
        if dropped:
            event.acceptProposedAction()
            QTimer.singleShot(0, lambda: self.files.take(dropped))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the system's colours where they are followed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange and self.memory.theme == "system":
            self.apply_theme("system")
