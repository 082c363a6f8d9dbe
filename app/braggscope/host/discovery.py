"""What is there: plugins and engine files as the user's settings and command line say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from braggscope.api.run import engine_and_options
from braggscope.engine_files.finding import announce, announce_file
from braggscope.host.plugins import PluginRegistry
from braggscope.host.settings import Settings, settings_path

_SUFFIX: Final = ".toml"


def discovered(settings: Settings) -> PluginRegistry:
    """The plugins that are not switched off, with the engines of the files that settings name."""
    announce(settings_path().parent / Path(name).expanduser() for name in settings.engine_files)
    registry = PluginRegistry(disabled=settings.plugins.disabled)
    registry.discover()
    return registry


def is_engine_file(text: str) -> bool:
    """Whether an engine is named by the file that describes it."""
    return text.lower().endswith(_SUFFIX)


def named_engine(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """As `engine_and_options`; instead of an id a TOML file may be named.

    Such a file is known from then on, so it has to come before the plugins are discovered.

    Raises:
        InvalidInput: the text cannot be read, or the file describes no engine.
    """
    name, options = engine_and_options(text)
    return (announce_file(Path(name)) if is_engine_file(name) else name), options
