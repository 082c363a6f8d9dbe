"""The worker's life: take the streams, guard them, load what is asked for, answer, end.

Imports come late: the watchdog is forked while this process is still small and has one thread.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from braggscope.priority import STEPS_BACK_VARIABLE, process_steps_back
from braggscope.worker.guard import Guard
from braggscope.worker.streams import take_standard_streams

if TYPE_CHECKING:
    from braggscope.host.plugins import PluginRegistry
    from braggscope.host.protocol import Hello, Message, Request
    from braggscope.worker.channel import Channel


class Server(Protocol):
    """What answers requests."""

    def hello(self) -> Hello:
        """The first message."""
        ...

    def answer(self, request: Request) -> Message:
        """The answer to a request."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker; see `braggscope.worker.main`."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's
    faulthandler.enable()
    input_fd, output_fd = take_standard_streams()
    guard = Guard(input_fd, arguments.scratch)
    guard.start_watchdog()
    # What is imported stays: looking through it for garbage again and again takes a quarter of the
    # time that torch needs to come up.
    gc.disable()
    from braggscope.worker.channel import Channel

    channel = Channel(input_fd, output_fd, guard)
    if arguments.spare:
        from braggscope.worker.spare import awaited_arguments

        told = awaited_arguments(channel)
        if told is None:
            return 0
        arguments = _parser().parse_args(told)
    if os.environ.pop(STEPS_BACK_VARIABLE, ""):
        process_steps_back()
    channel.start_reading()
    server = _started(lambda: _make_server(arguments, channel), channel, arguments.engine or "")
    if server is None:
        return 1
    gc.freeze()
    gc.enable()
    _serve(server, channel, arguments.engine or "analysis")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="braggscope-worker", description=__doc__)
    parser.add_argument("engine", nargs="?", metavar="ENGINE_ID")
    parser.add_argument("--analysis", action="store_true", help="metrics and difference maps")
    parser.add_argument("--spare", action="store_true", help="import, and wait for the rest")
    parser.add_argument("--scratch", type=Path, help="the host's folder, removed if it dies")
    parser.add_argument("--settings", type=json.loads, default={}, help="the engine's, as JSON")
    parser.add_argument("--plugins", help="the only plugins to load, as JSON; default: all")
    return parser


def _make_server(arguments: argparse.Namespace, channel: Channel) -> Server:
    from braggscope.host.plugins import PluginRegistry

    registry = PluginRegistry()
    _discover(registry, arguments.plugins)
    if arguments.analysis:
        from braggscope.worker.analysis_server import AnalysisServer

        return AnalysisServer(registry, channel)
    from braggscope.worker.engine_server import EngineServer, make_engine

    engine = make_engine(registry, arguments.engine or "", arguments.settings)
    return EngineServer(engine, arguments.engine or "", channel)


def _discover(registry: PluginRegistry, plugins: str | None) -> None:
    from braggscope.host.worker_command import plugins_from_text

    registry.discover(None if plugins is None else plugins_from_text(plugins))


def _started(make: Callable[[], Server], channel: Channel, name: str) -> Server | None:
    """The server after its hello; None if it cannot start, and the host knows why."""
    from braggscope.host.guarded import attempt
    from braggscope.host.protocol import error_message

    server, error = attempt(make)
    if server is None or error is not None:
        channel.send(error_message(0, error or RuntimeError("no engine"), name))
        return None
    channel.send(server.hello())
    return server


def _serve(server: Server, channel: Channel, name: str) -> None:
    from braggscope.host.guarded import attempt
    from braggscope.host.protocol import error_message

    while (request := channel.next_request()) is not None:
        answer, error = attempt(server.answer, request)
        if answer is None or error is not None:
            answer = error_message(request.id, error or RuntimeError("no answer"), name)
        channel.answer(answer, request.id)
        channel.forget(request.id)
        del request, answer, error  # they hold arrays and frames
