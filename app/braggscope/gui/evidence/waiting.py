"""The host, for one piece of work that can be cancelled as a whole. No Qt."""

from __future__ import annotations

from typing import Any

from braggscope.host.jobs import CancelToken


class HostUntil:
    """Jobs of the host that end when the work is cancelled that they are for.

    Args:
        host: see `braggscope.gui.session.HostLike`.
        token: of the work.
    """

    def __init__(self, host: Any, token: CancelToken) -> None:
        self._host, self._token = host, token

    def render(self, *arguments: Any, **named: Any) -> _Awaited:
        """As the host's."""
        return self._awaited(self._host.render, *arguments, **named)

    def trace(self, *arguments: Any, **named: Any) -> _Awaited:
        """As the host's."""
        return self._awaited(self._host.trace, *arguments, **named)

    def analyse(self, *arguments: Any, **named: Any) -> _Awaited:
        """As the host's."""
        return self._awaited(self._host.analyse, *arguments, **named)

    def _awaited(self, start: Any, *arguments: Any, **named: Any) -> _Awaited:
        self._token.check()
        return _Awaited(start(*arguments, **named), self._token)


class _Awaited:
    """A job of the host."""

    def __init__(self, job: Any, token: CancelToken) -> None:
        self._job, self._token = job, token

    def result(self) -> Any:
        """Wait for it, unless the work is cancelled."""
        with self._token.calling(self._job.cancel):
            return self._job.result()
