"""What a program prints: read as it comes, kept within bounds."""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import IO, Final

#: A program may print without end; what stands between the beginning and the end is left out.
MOST_BYTES: Final = 2**27
_LONGEST_LINE: Final = 2**20
_LAST_LINES: Final = 1000
_BREAK: Final = re.compile(rb"[\r\n]")
_LAST_LINES_S = 2.0


class Output:
    """Reads a stream in a thread, so that the program never waits for us.

    Args:
        stream: what the program prints; closed at its end.
        progress: matches what tells a percentage, in its first group. A line that says nothing else
            is not kept.
    """

    def __init__(self, stream: IO[bytes], progress: re.Pattern[str] | None) -> None:
        self._stream = stream
        self._progress = progress
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._bytes = 0
        self._left_out = 0
        self.fraction = 0.0
        self.tells_progress = False
        self._thread = threading.Thread(target=self._read, name="program-output", daemon=True)
        self._thread.start()

    @property
    def lines(self) -> list[str]:
        """The lines so far; a note stands where some were left out."""
        if not self._left_out:
            return [*self._first, *self._last]
        return [*self._first, f"[{self._left_out} lines left out]", *self._last]

    @property
    def is_whole(self) -> bool:
        """Whether no line was left out."""
        return not self._left_out

    def pause(self, at_most_s: float) -> bool:
        """Wait a while; ends early, and says so, when there is no more output."""
        if self._thread.is_alive():
            self._thread.join(at_most_s)
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Wait for the last lines; a process that escaped may hold the pipe open for longer."""
        self._thread.join(timeout=_LAST_LINES_S)

    def _read(self) -> None:
        # Closed here and nowhere else: closing waits for a read that is under way.
        with self._stream:
            rest = b""
            # A progress meter goes back to the start of its line and never ends it.
            while chunk := self._stream.read1(2**16):  # type: ignore[attr-defined]
                *whole, rest = _BREAK.split(rest + chunk)
                for raw in whole:
                    self._take(raw)
                if len(rest) > _LONGEST_LINE:
                    self._take(rest)
                    rest = b""
            if rest:
                self._take(rest)

    def _take(self, raw: bytes) -> None:
        line = raw.decode("utf-8", errors="replace").rstrip()
        if not line:
            return
        match = self._progress.search(line) if self._progress is not None else None
        if match is not None and self._take_progress(match.group(1)):
            said = line[: match.start()] + line[match.end() :]
            if not any(map(str.isalnum, said)):
                return
        if self._bytes + len(raw) <= MOST_BYTES and not self._last:
            self._first.append(line)
            self._bytes += len(raw)
            return
        if len(self._last) == _LAST_LINES:
            self._left_out += 1
        self._last.append(line[:_LONGEST_LINE])

    def _take_progress(self, text: str | None) -> bool:
        """Whether a text is a percentage; it is kept then."""
        try:
            percentage = float(text or "")
        except ValueError:
            return False
        if not 0.0 <= percentage <= 100.0:
            return False
        self.fraction = percentage / 100.0
        self.tells_progress = True
        return True
