"""The wire: frames, messages, errors."""

from __future__ import annotations

import math
import os
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import Run
from braggscope.errors import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    InvalidInput,
    NotSimulatedYet,
)
from braggscope.host import protocol
from braggscope.host.analysis_messages import AnalysisReport, WireMetric
from braggscope.host.protocol import (
    Error,
    Message,
    Prepare,
    Progress,
    Result,
    Trace,
    decode,
    encode,
    error_from,
    error_message,
    read_message,
    run_from_wire,
    run_to_wire,
    write_message,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
IDS = st.integers(0, 2**40)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Result, id=IDS, data=st.dictionaries(TEXT, JSON)),
    st.builds(Progress, id=IDS, fraction=st.floats(0, 1), message=TEXT),
    st.builds(Prepare, id=IDS, run=st.dictionaries(TEXT, JSON)),
    st.builds(Trace, id=IDS, run=st.just({}), pixels=st.lists(st.tuples(IDS, IDS)).map(tuple)),
    st.builds(Error, id=IDS, kind=st.just("fault"), what=TEXT, details=TEXT),
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        try:
            os.close(fd)
        except OSError:
            continue


@given(st.lists(MESSAGES, max_size=5), st.integers(1, 50))
def test_messages_survive_the_wire(messages: list[Message], piece: int) -> None:
    """In whatever pieces the system delivers them."""
    reading, writing = os.pipe()
    content = b"".join(map(encode, messages))

    def trickle() -> None:
        for start in range(0, len(content), piece):
            os.write(writing, content[start : start + piece])
        os.close(writing)

    sender = threading.Thread(target=trickle)
    sender.start()
    received = []
    while (message := read_message(reading)) is not None:
        received.append(message)
    sender.join()
    os.close(reading)
    assert received == messages


@given(st.binary(max_size=200))
def test_garbage_is_an_error_and_nothing_else(content: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    try:
        while read_message(reading) is not None:
            pass
    except EngineFailed:
        pass
    finally:
        os.close(reading)


def test_a_large_message_arrives(pipe: tuple[int, int]) -> None:
    message = Result(id=1, data={"text": "x" * 5_000_000})
    sender = threading.Thread(target=write_message, args=(pipe[1], message))
    sender.start()
    assert read_message(pipe[0]) == message
    sender.join()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00", "broke off"),
        (b"\x00\x00\x00\x09{}", "broke off"),
        (b"\xff\xff\xff\xff", "larger than the limit of 256 MiB"),
        (struct.pack(">I", 2) + b"{}", "makes no sense"),
        (struct.pack(">I", 3) + b"\xff\xfe\xfd", "makes no sense"),
        (struct.pack(">I", 17) + b'{"type":"nobody"}', "makes no sense"),
    ],
)
def test_broken_frames_are_explained(pipe: tuple[int, int], content: bytes, words: str) -> None:
    os.write(pipe[1], content)
    os.close(pipe[1])
    with pytest.raises(EngineFailed, match=words):
        read_message(pipe[0])


def test_the_end_of_the_stream_is_no_error(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    assert read_message(pipe[0]) is None


def test_a_message_over_the_limit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "FRAME_LIMIT", 100)
    with pytest.raises(EngineFailed, match="larger than the limit"):
        encode(Result(id=1, data={"text": "x" * 100}))


def test_what_json_cannot_say_is_not_sent() -> None:
    with pytest.raises(EngineFailed, match="cannot be sent"):
        encode(Result(id=1, data={"what": object()}))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.1, None])
def test_numbers_that_json_has_not(value: float | None) -> None:
    report = AnalysisReport(metrics={"m": WireMetric(value=value)})
    message = decode(encode(Result(id=1, data=report.model_dump(mode="json")))[4:])
    assert isinstance(message, Result)
    back = AnalysisReport.model_validate(message.data).metrics["m"].value
    assert back == value or (back != back and value != value)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("what", where="where", why="why", remedy="remedy", details="details"),
        NotSimulatedYet("what", remedy="remedy"),
        EngineFailed("what", details="a\nb"),
        Cancelled(),
    ],
)
def test_errors_keep_their_class_and_words(error: BraggscopeError) -> None:
    back = error_from(error_message(7, error))
    assert type(back) is type(error)
    assert back.to_dict() == error.to_dict()


def test_other_exceptions_become_faults_with_a_traceback() -> None:
    try:
        raise KeyError("beam")
    except KeyError as caught:
        message = error_message(7, caught, "torch-cpu")
    assert (message.kind, message.where) == ("fault", "torch-cpu")
    back = error_from(message)
    assert isinstance(back, EngineFailed)
    assert "KeyError: 'beam'" in back.what
    assert "test_protocol" in back.details


def test_a_shortage_of_memory_is_no_fault() -> None:
    message = error_message(7, MemoryError())
    assert message.kind == "engine-failed"
    assert "not enough memory" in message.what


def test_endless_texts_are_shortened() -> None:
    message = error_message(7, ValueError("x" * 10**6))
    assert len(encode(message)) < 300_000


def test_runs_survive_the_wire(example_run: Run) -> None:
    run = example_run.model_copy(update={"overrides": (("crystal.misset_deg", (0.1, 2.0, -3.0)),)})
    message = decode(encode(Prepare(id=1, run=run_to_wire(run)))[4:])
    assert isinstance(message, Prepare)
    back = run_from_wire(message.run)
    assert back.cache_key("1") == run.cache_key("1")
    assert back.experiment == run.experiment
    assert back.experiment.beam.model_fields_set == run.experiment.beam.model_fields_set


def test_a_run_of_another_version_is_refused(example_run: Run) -> None:
    with pytest.raises(InvalidInput, match="same version"):
        run_from_wire({**run_to_wire(example_run), "novelty": 1})
