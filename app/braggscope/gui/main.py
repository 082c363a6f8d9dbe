"""Opens the window: first frame first, everything else after it."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from braggscope.gui.garbage import GarbageCollection
from braggscope.gui.window import MainWindow
from braggscope.host.discovery import discovered
from braggscope.host.head_start import taken
from braggscope.host.host import Host
from braggscope.host.settings import load_settings
from braggscope.openable import is_image, is_session

_log = logging.getLogger(__name__)


def make_application() -> QApplication:
    """The application, in a style that our palettes are made for."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    application = QApplication([sys.argv[0] if sys.argv else "braggscope"])
    application.setApplicationName("Braggscope")
    application.setDesktopFileName("braggscope")
    application.setStyle("Fusion")
    return application


class _AfterFirstFrame(QObject):
    """Calls a window's `start` once it has been painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint event."""
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self._window.start)
        return False


def install_hooks(window: MainWindow) -> None:
    """Show exceptions that nobody caught instead of dying of them."""

    def in_window(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close_at_once()
            return
        _log.error("unhandled exception", exc_info=(kind, error, trace))
        window.unhandled(error)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is not None and not isinstance(error, SystemExit):
            _log.error("unhandled exception in a thread", exc_info=error)
            window.workspace.bridge.post(lambda: window.unhandled(error))

    sys.excepthook = in_window
    threading.excepthook = in_thread


def run_window(experiment: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        experiment: a file that says one, a session, evidence, or a detector image beside the
            example; None: the example.

    Returns:
        The exit status.
    """
    application = make_application()
    # To the terminal as well as to the window's log.
    logging.basicConfig()
    logging.captureWarnings(True)
    garbage = GarbageCollection()
    settings, trouble = load_settings()
    registry = discovered(settings)
    host = Host(registry, settings, taken(), steps_back=True)
    host.keep_spare()
    window = MainWindow(host, registry)
    hooks = (sys.excepthook, threading.excepthook)
    install_hooks(window)
    window.apply_theme(window.memory.theme)
    if trouble is not None:
        window.show_problem(trouble)
    if experiment is None or (is_image(experiment) and not is_session(experiment)):
        window.files.open_example()
        if experiment is not None:
            image = experiment
            window.files.once_opened(lambda: window.files.images.offer([image]))
    else:
        window.files.load(experiment)
    _AfterFirstFrame(window)
    window.show()
    try:
        return application.exec()
    finally:
        sys.excepthook, threading.excepthook = hooks
        window.close_at_once()
        window.deleteLater()
        application.processEvents()
        garbage.stop()
