"""Standard output, with tables and colours where it is a terminal."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Paper(Console):
    """A reader that leaves early, such as `head`, ends neither the work nor changes its status."""

    def on_broken_pipe(self) -> None:
        """Print the rest for nobody."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
