"""A worker in reserve: it imports what any role may need, and waits to be told its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module, invalidate_caches
from typing import Final

from braggscope.worker.channel import Channel

#: What every worker needs, and what engines need of Braggscope. Nothing heavy, and no plugin.
_AHEAD: Final = (
    "braggscope.host.plugins",
    "braggscope.worker.analysis_server",
    "braggscope.worker.engine_server",
    "braggscope.experiment.nanobragg_inputs",
    "braggscope.experiment.nanobragg_writer",
    "braggscope.experiment.overrides",
    "braggscope.trace_files.reading",
    "subprocess",
)


def awaited_arguments(channel: Channel) -> Sequence[str] | None:
    """The arguments that tell this worker what to do; None: there is nothing to do any more."""
    for module in _AHEAD:
        import_module(module)
    role = channel.awaited_role()
    if role is None:
        return None
    for name, value in role.environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    invalidate_caches()  # Plugins may have changed while we waited.
    return role.arguments
