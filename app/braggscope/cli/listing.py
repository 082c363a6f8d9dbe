"""`braggscope engines` and `braggscope plugins`."""

from __future__ import annotations

from rich.console import Console

from braggscope.cli.inputs import open_host
from braggscope.cli.tables import Sheet
from braggscope.errors import BraggscopeError
from braggscope.host.contributions import Contribution
from braggscope.host.discovery import discovered
from braggscope.host.plugins import PluginRecord, PluginRegistry
from braggscope.host.settings import load_settings


def list_engines() -> int:
    """Print the engines; 0 when at least one can run here."""
    table = Sheet("engine", "title", "can run", "on", "version", "options")
    found = False
    reasons = []
    with open_host() as host:
        for engine in host.registry.engines().values():
            try:
                state = host.availability(engine.id).result()
                available, device, version, reason = (
                    state.available, state.device, state.version, state.reason,
                )  # fmt: skip
            except BraggscopeError as error:
                available, device, version, reason = False, "", "", str(error)
            found = found or available
            if reason:
                reasons.append(f"{engine.id}: {reason}")
            options = " ".join(
                f"{o.name}={'|'.join(o.choices) or o.default or '…'}" for o in engine.options
            )
            table.add(
                engine.id, engine.title, "yes" if available else "no", device, version, options
            )
    console = Console()
    table.show(console)
    for reason in reasons:
        console.print(reason, highlight=False)
    return 0 if found else 1


def list_plugins(check: bool) -> int:
    """Print the plugins with their problems; 0 when there are none."""
    settings, problem = load_settings()
    registry = discovered(settings)
    if check:
        _load_everything(registry)
    console = Console()
    if problem is not None:
        console.print(f"settings: {problem}", highlight=False)
    table = Sheet("plugin", "title", "package", "version", "from", "adds", "state")
    for record in registry.records:
        title = record.manifest.title if record.manifest else ""
        count = len(record.problems)
        state = "ok" if not count else f"{count} problem{'s' if count > 1 else ''}"
        table.add(
            record.name, title, record.distribution, record.version, record.origin,
            _contributions(registry, record), state,
        )  # fmt: skip
    table.show(console)
    for record in registry.records:
        for found in record.problems:
            console.rule(f"{record.name}: {found.where}", align="left")
            console.print(found.message, highlight=False, markup=False)
            console.print(found.traceback, highlight=False, markup=False)
    return 1 if any(record.problems for record in registry.records) else 0


def _all_contributions(registry: PluginRegistry) -> list[Contribution]:
    return [
        contribution
        for group in (
            registry.engines(), registry.metrics(), registry.difference_maps(), registry.views(),
        )
        for contribution in group.values()
    ]  # fmt: skip


def _contributions(registry: PluginRegistry, record: PluginRecord) -> str:
    return ", ".join(
        contribution.id
        for contribution in _all_contributions(registry)
        if registry.owner_of(contribution) is record
    )


def _load_everything(registry: PluginRegistry) -> None:
    """Import every factory; what fails is recorded with the plugin."""
    for contribution in _all_contributions(registry):
        try:
            registry.load(contribution)
        except BraggscopeError:
            continue
