"""A worker: one process that runs an engine, or the analyses, for a host.

`python -m braggscope.worker ENGINE_ID`, `python -m braggscope.worker --analysis`.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker until its host lets it go; argv is the command line without the program."""
    from braggscope.worker.main import main as run

    return run(argv)
