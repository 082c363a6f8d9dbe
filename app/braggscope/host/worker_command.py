"""How a worker is started: its command line and its environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from braggscope.host.contributions import RESERVED_ID
from braggscope.host.launching import MODULE, environment_in, own_worker
from braggscope.host.plugins import PluginSource
from braggscope.priority import STEPS_BACK_VARIABLE

ANALYSIS: Final = RESERVED_ID
#: How many threads an engine may use; programs that it runs know OMP_NUM_THREADS.
THREADS_VARIABLE: Final = "BRAGGSCOPE_THREADS"


@dataclass(frozen=True)
class WorkerSpec:
    """What to start.

    Attributes:
        name: the engine's id, or "analysis".
        plugins: those the worker loads, and no others.
        settings: of the engine; `interpreter` names the Python to use, `threads` how many threads.
        steps_back: whether it lets the programs that people look at go first, where that can be.
    """

    name: str
    plugins: tuple[PluginSource, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    steps_back: bool = False

    @property
    def title(self) -> str:
        """The process in words."""
        return "the analysis process" if self.is_analysis else f"the engine process of {self.name}"

    @property
    def is_analysis(self) -> bool:
        """Whether it computes metrics instead of images."""
        return self.name == ANALYSIS

    @property
    def interpreter(self) -> str:
        """The configured Python; "" for our own."""
        return self.settings.get("interpreter", "")

    def command(self, scratch: Path) -> list[str]:
        """The command line; -P keeps modules in the current directory out of the worker."""
        if not self.interpreter:
            return [*own_worker(), *self.arguments(scratch)]
        python = str(Path(self.interpreter).expanduser())
        return [python, "-P", "-m", MODULE, *self.arguments(scratch)]

    def arguments(self, scratch: Path) -> list[str]:
        """What the worker shall do, as its command line says it."""
        role = "--analysis" if self.is_analysis else self.name
        settings = json.dumps(dict(self.settings))
        plugins = plugins_to_text(self.plugins)
        return [
            role, "--scratch", str(scratch), "--settings", settings, "--plugins", plugins
        ]  # fmt: skip

    def environment(self, temporary: Path) -> dict[str, str]:
        """Our environment, with temporary files in a folder that goes with the worker."""
        environment = environment_in(temporary)
        if threads := self.settings.get("threads"):
            environment[THREADS_VARIABLE] = environment["OMP_NUM_THREADS"] = threads
        if self.steps_back:
            environment[STEPS_BACK_VARIABLE] = "1"
        if self.interpreter:
            environment.pop("PYTHONHOME", None)
            if getattr(sys, "frozen", False):
                _restore_library_path(environment)
        return environment


def plugins_to_text(plugins: Iterable[PluginSource]) -> str:
    """Plugin sources for a command line."""
    return json.dumps([asdict(source) for source in plugins])


def plugins_from_text(text: str) -> list[PluginSource]:
    """The inverse of `plugins_to_text`."""
    return [PluginSource(**item) for item in json.loads(text)]


def _restore_library_path(environment: dict[str, str]) -> None:
    """A frozen app points the loader at its own libraries, which another Python must not get."""
    original = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    environment.pop("LD_LIBRARY_PATH", None)
    if original:
        environment["LD_LIBRARY_PATH"] = original
