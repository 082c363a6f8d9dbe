"""Numbers of traces travel in pieces, and come out as they were."""

from __future__ import annotations

import numpy as np
import pytest

from braggscope.api import EngineFailed, Pixel, PixelTrace, variable
from braggscope.host import trace_messages
from braggscope.host.protocol import decode, encode
from braggscope.host.trace_messages import FEW, Numbers, NumbersReceived, NumbersToSend


def trace(steps: int, seed: int = 0) -> PixelTrace:
    random = np.random.default_rng(seed)
    numbers = random.random((1, steps, 1, 1, 1, 3))
    numbers.reshape(-1)[:3] = np.nan, np.inf, -0.0
    return PixelTrace(
        Pixel(1, 2),
        "x",
        (
            variable("hkl", numbers),
            variable("hkl0", np.arange(3 * steps).reshape(1, steps, 1, 1, 1, 3)),
            variable("omega_now", random.random((1, steps)).astype(np.float32)),
            variable("polarized", True),
            variable("convention", "mosflm"),
        ),
        3.5,
    )


def sent(traces: list[PixelTrace]) -> tuple[list[PixelTrace], int]:
    """As over the wire; and the size of the largest message, bytes."""
    out, back = NumbersToSend(traces), NumbersReceived()
    frames = [encode(message) for message in out.messages(7)]
    for frame in frames:
        back.add(decode(frame[4:]))
    return back.traces(out.said), max(map(len, frames), default=0)


@pytest.mark.parametrize("steps", [1, FEW, 40_000])
def test_every_bit_comes_through(steps: int) -> None:
    before = [trace(steps), trace(steps, 1)]
    after, largest = sent(before)
    for one, other in zip(before, after, strict=True):
        for was, now in zip(one.variables, other.variables, strict=True):
            assert was.values.shape == now.values.shape
            assert was.values.astype(now.values.dtype).tobytes() == now.values.tobytes()
            assert (was.name, was.dims, was.kind) == (now.name, now.dims, now.kind)
    assert largest < 2**19


def test_small_traces_need_no_pieces() -> None:
    assert not list(NumbersToSend([trace(1)]).messages(1))


def test_numbers_that_are_not_there_make_no_sense() -> None:
    out = NumbersToSend([trace(100)])
    with pytest.raises(ValueError, match="buffer"):
        NumbersReceived().traces(out.said)


def test_too_many_numbers_are_refused_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    out = NumbersToSend([trace(100)])
    (message,) = out.messages(1)
    monkeypatch.setattr(trace_messages, "NUMBERS_LIMIT", 1000)
    with pytest.raises(EngineFailed, match="limit"):
        next(out.messages(1))
    with pytest.raises(EngineFailed, match="limit"):
        NumbersReceived().add(Numbers(id=1, data=message.data))
