"""Opens the Qt platform and says which it is.

A program of its own: where Qt finds no display that works, it aborts the process it is in.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Print the version and the platform."""
    from PySide6 import __version__
    from PySide6.QtWidgets import QApplication

    application = QApplication(["braggscope"])
    sys.stdout.write(f"PySide6 {__version__}, platform {application.platformName()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
