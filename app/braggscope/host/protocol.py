"""The wire between host and workers: frames of JSON, and what is said in them.

A frame is a length (4 bytes, big-endian) and that many bytes of UTF-8 JSON: one message. Arrays do
not travel: an `ArrayReference` names a mapped file that the host made. JSON has no NaN and no
infinity: such numbers travel as text.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from braggscope.api import Run
from braggscope.errors import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    InvalidInput,
    NotSimulatedYet,
)
from braggscope.host.analysis_messages import (
    Analyse,
    Finding,
)
from braggscope.host.guarded import describe, shortened, traceback_of
from braggscope.host.trace_messages import Numbers
from braggscope.host.wire import ArrayReference, WireFloat, WireMessage

PROTOCOL_VERSION: Final = 3
#: The largest frame, bytes.
FRAME_LIMIT: Final = 256 * 2**20
_LENGTH = struct.Struct(">I")
_READ_AT_ONCE = 2**20

ErrorKind = Literal["invalid-input", "not-simulated", "engine-failed", "cancelled", "fault"]


class EngineFault(EngineFailed):
    """Code behind the protocol raised what it should not: its traceback is in the details."""


class WireAvailability(WireMessage):
    """`braggscope.api.Availability` as plain data."""

    available: bool
    device: str = ""
    version: str = ""
    reason: str = ""


class Hello(WireMessage):
    """The worker's first message; availability says whether its engine can run here."""

    type: Literal["hello"] = "hello"
    protocol: int
    braggscope: str
    engine: str
    pid: int
    availability: WireAvailability


class Waiting(WireMessage):
    """From a worker in reserve: all that every worker needs is imported."""

    type: Literal["waiting"] = "waiting"


class Assume(WireMessage):
    """To a worker in reserve: what it shall do from now on; answered by `Hello`.

    Attributes:
        arguments: those of the command line that would have started it for this.
        environment: variables to be set first; None: to be unset.
    """

    type: Literal["assume"] = "assume"
    arguments: tuple[str, ...]
    environment: dict[str, str | None] = Field(default_factory=dict)


class Prepare(WireMessage):
    """Check a run and load what it needs; answered by `Prepared`."""

    type: Literal["prepare"] = "prepare"
    id: int
    run: dict[str, Any]


class Prepared(WireMessage):
    """What the image of a run will be."""

    type: Literal["prepared"] = "prepared"
    id: int
    shape: tuple[int, int]
    dtype: str
    precision: str
    notes: tuple[str, ...] = ()
    version: str = ""
    has_mask: bool = False
    own_shape: bool = False


class Render(WireMessage):
    """Fill output, and mask if there is one; answered by `Result` with a `RenderReport`."""

    type: Literal["render"] = "render"
    id: int
    run: dict[str, Any]
    output: ArrayReference
    mask: ArrayReference | None = None


class Trace(WireMessage):
    """Trace pixels (slow, fast); answered by `Result` with {"traces": [PixelTrace.to_dict()]}.

    Before that come the numbers of variables of many steps, as `Numbers`.
    """

    type: Literal["trace"] = "trace"
    id: int
    run: dict[str, Any]
    pixels: tuple[tuple[int, int], ...]


class Gradient(WireMessage):
    """Reserved: derivatives of a run. Workers answer that it is not supported yet."""

    type: Literal["gradient"] = "gradient"
    id: int
    run: dict[str, Any]
    wrt: tuple[str, ...] = ()


class Gauge(WireMessage):
    """What the machine allows for a run; answered by `Result` with a `GaugeReport`."""

    type: Literal["gauge"] = "gauge"
    id: int
    run: dict[str, Any]


class Progress(WireMessage):
    """How far a request is: fraction from 0 to 1."""

    type: Literal["progress"] = "progress"
    id: int
    fraction: WireFloat
    message: str = ""


class Result(WireMessage):
    """The answer to a request."""

    type: Literal["result"] = "result"
    id: int
    data: dict[str, Any] = Field(default_factory=dict)


class Error(WireMessage):
    """A request failed; id 0 means that the worker itself cannot go on."""

    type: Literal["error"] = "error"
    id: int
    kind: ErrorKind
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""
    details: str = ""


class Cancel(WireMessage):
    """Stop the request with this id; it still gets its answer, an `Error` of kind cancelled."""

    type: Literal["cancel"] = "cancel"
    id: int


class Shutdown(WireMessage):
    """Cancel what is under way and end."""

    type: Literal["shutdown"] = "shutdown"


Request = Prepare | Render | Trace | Analyse | Gradient | Gauge
Message = (
    Hello
    | Waiting
    | Assume
    | Request
    | Prepared
    | Progress
    | Finding
    | Numbers
    | Result
    | Error
    | Cancel
    | Shutdown
)
_ADAPTER: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


class RenderReport(WireMessage):
    """What a worker says about an image it made: peak memory in bytes, 0 if unknown."""

    peak_memory_bytes: int = 0
    command: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class WireLimit(WireMessage):
    """`braggscope.api.Limit` as plain data."""

    operations: float = Field(ge=0)
    operations_per_s: float = Field(gt=0)
    traffic_bytes: float = Field(ge=0)
    bytes_per_s: float = Field(gt=0)


class GaugeReport(WireMessage):
    """The limit for a run; None where the engine does not know it."""

    limit: WireLimit | None = None


def run_to_wire(run: Run) -> dict[str, Any]:
    """A run as plain data; fields that were not said stay unsaid."""
    return run.model_dump(mode="json", exclude_unset=True)


def run_from_wire(data: Mapping[str, Any]) -> Run:
    """The inverse of `run_to_wire`.

    Raises:
        InvalidInput: it is no run to this version.
    """
    try:
        return Run.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(
            "the engine's process does not understand the run",
            why=shortened(str(error), 2000),
            remedy="Install the same version of Braggscope in the engine's environment",
        ) from error


def encode(message: Message) -> bytes:
    """A message as a frame.

    Raises:
        EngineFailed: it is larger than a frame may be, or holds what JSON cannot say.
    """
    try:
        payload = message.model_dump_json().encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise EngineFailed(
            f"a message of type {message.type} cannot be sent", why=describe(error)
        ) from error
    if len(payload) > FRAME_LIMIT:
        raise _too_large(len(payload))
    return _LENGTH.pack(len(payload)) + payload


def decode(payload: bytes) -> Message:
    """The message in a frame's payload.

    Raises:
        EngineFailed: it is none.
    """
    try:
        return _ADAPTER.validate_json(payload)
    except ValidationError as error:
        raise EngineFailed(
            "a message between the host and an engine's process makes no sense",
            why=shortened("; ".join(str(item["msg"]) for item in error.errors())[:500]),
            remedy="Check that both use the same version of Braggscope",
            details=shortened(payload[:2000].decode("utf-8", errors="replace")),
        ) from error


def write_message(fd: int, message: Message) -> None:
    """Write a message to a file descriptor, whole.

    Raises:
        EngineFailed: see `encode`; nothing is written then.
        OSError: the other end is gone.
    """
    rest = memoryview(encode(message))
    while rest:
        rest = rest[os.write(fd, rest) :]


def read_message(fd: int) -> Message | None:
    """The next message from a file descriptor; None when the other end closed it.

    Raises:
        EngineFailed: the frame is broken off or too large, or holds no message.
    """
    head = _read_exactly(fd, _LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise _broken_off()
    (length,) = _LENGTH.unpack(head)
    if length > FRAME_LIMIT:
        raise _too_large(length)
    payload = _read_exactly(fd, length)
    if len(payload) < length:
        raise _broken_off()
    return decode(payload)


def _read_exactly(fd: int, count: int) -> bytes:
    """That many bytes, or fewer at the end of the stream."""
    got = bytearray()
    while len(got) < count:
        piece = os.read(fd, min(count - len(got), _READ_AT_ONCE))
        if not piece:
            break
        got += piece
    return bytes(got)


def _too_large(length: int) -> EngineFailed:
    return EngineFailed(
        f"a message of {length / 2**20:.0f} MiB is larger than the limit of"
        f" {FRAME_LIMIT // 2**20} MiB",
        remedy="Ask for less at a time, such as fewer pixels to trace",
    )


def _broken_off() -> EngineFailed:
    return EngineFailed("a message between the host and an engine's process broke off")


_KINDS: Final[tuple[tuple[type[BraggscopeError], ErrorKind], ...]] = (
    (InvalidInput, "invalid-input"),
    (NotSimulatedYet, "not-simulated"),
    (Cancelled, "cancelled"),
    (EngineFault, "fault"),
    (BraggscopeError, "engine-failed"),
)
_CLASSES: Final[Mapping[ErrorKind, type[BraggscopeError]]] = {
    "invalid-input": InvalidInput,
    "not-simulated": NotSimulatedYet,
    "engine-failed": EngineFailed,
    "fault": EngineFault,
}


def error_message(request_id: int, error: BaseException, where: str = "") -> Error:
    """Any error as a message.

    Args:
        where: the engine, for errors that do not say.
    """
    if not isinstance(error, BraggscopeError):
        error = as_engine_failed(error)
    kind = next(kind for known, kind in _KINDS if isinstance(error, known))
    texts = {name: shortened(str(text)) for name, text in error.to_dict().items()}
    texts["where"] = texts["where"] or where
    return Error(id=request_id, kind=kind, **texts)


def as_engine_failed(error: BaseException) -> EngineFailed:
    """An error that should not have come, as one for the user."""
    if isinstance(error, MemoryError):
        return EngineFailed(
            "there is not enough memory",
            why=describe(error),
            remedy="Make the run smaller, or close other programs",
            details=traceback_of(error),
        )
    return EngineFault(
        f"a fault in the code: {describe(error)}",
        remedy="Please report it to the plugin's authors with the details",
        details=traceback_of(error),
    )


def error_from(message: Error) -> BraggscopeError:
    """The inverse of `error_message`."""
    if message.kind == "cancelled":
        return Cancelled(message.what)
    return _CLASSES[message.kind](
        message.what,
        where=message.where,
        why=message.why,
        remedy=message.remedy,
        details=message.details,
    )
