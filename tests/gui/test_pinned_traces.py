"""Pinned pixels and changed tolerances, without Qt."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import EngineFailed, InvalidInput, Pixel, Tolerances
from braggscope.gui.session import News, Session
from braggscope.gui.tolerances import load_tolerances
from braggscope.host.settings import FILE_NAME
from tests.gui.fake_host import ENGINES, FakeHost, small_experiment

FOUR = (("peak", Pixel(7, 9)), ("edge", Pixel(20, 29)), ("", Pixel(1, 1)))


def session_with(host: FakeHost, news: list[News] | None = None) -> Session:
    heard = [] if news is None else news
    session = Session(host, ENGINES, lambda call: call(), heard.append)
    session.set_experiment(small_experiment())
    session.edit(session.slot("B").id, overrides=("beam.wavelength_A*=1.0001",))
    session.run()
    return session


def test_pins_are_traced_together_once_on_each_side() -> None:
    news: list[News] = []
    session = session_with(FakeHost(), news)
    session.pins.set(FOUR)
    assert len(session.host.traces) == 2
    pins = session.pins.state.pins
    assert [(pin.name, pin.pixel) for pin in pins] == list(FOUR)
    assert [pin.comparison.a.pixel for pin in pins] == [pixel for _, pixel in FOUR]
    assert {pin.comparison.first_divergence for pin in pins} == {"lambda0_m"}
    assert "pins" in news


def test_another_pin_leaves_those_that_are_traced() -> None:
    session = session_with(FakeHost())
    session.pins.set(FOUR)
    before = session.pins.state.pins[0].comparison
    session.pins.set((*FOUR[:2], ("", Pixel(2, 2))))
    assert session.host.traces[-1][1] == Pixel(2, 2)
    assert session.pins.state.pins[0].comparison is before
    session.pins.set(FOUR[:1])
    assert len(session.host.traces) == 4  # Nothing was missing.


def test_a_pixel_is_pinned_once() -> None:
    session = session_with(FakeHost())
    session.pins.set((("peak", Pixel(7, 9)), ("", Pixel(7, 9))))
    assert [pin.name for pin in session.pins.state.pins] == ["peak"]


def test_other_images_keep_the_pins_and_drop_their_traces() -> None:
    session = session_with(FakeHost())
    session.pins.set(FOUR)
    session.run()
    assert all(pin.comparison for pin in session.pins.state.pins)  # The same runs again.
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    session.run()
    assert len(session.pins.state.pins) == 3
    assert not any(pin.comparison for pin in session.pins.state.pins)
    session.pins.trace()
    assert all(pin.comparison for pin in session.pins.state.pins)


def test_pins_beyond_a_smaller_detector_go() -> None:
    host = FakeHost()
    session = session_with(host)
    session.pins.set(FOUR)
    host.shapes = {"torch-cpu": (10, 12), "nanobragg-c": (10, 12)}
    session.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.2))
    session.run()
    assert [pin.pixel for pin in session.pins.state.pins] == [(7, 9), (1, 1)]


def test_a_failure_and_cancelling_are_said_and_can_be_tried_again() -> None:
    host = FakeHost()
    session = session_with(host)
    host.auto = False
    session.pins.set(FOUR)
    assert session.is_busy
    session.cancel()
    assert "cancelled" in session.pins.state.problem
    assert not session.is_busy
    session.pins.trace()

    def fails(_: object) -> None:
        raise EngineFailed("it crashed")

    host.traces[-1][2].run(fails)
    assert session.pins.state.problem.startswith("B: it crashed")


def test_tolerances_judge_again_without_tracing_and_are_remembered(own_settings: Path) -> None:
    session = session_with(FakeHost())
    session.tracer.request(Pixel(3, 4))
    session.pins.set(FOUR)
    traced = len(session.host.traces)
    session.tracer.set_tolerances(Tolerances().with_value("float64", "lambda0_m", 1e-3))
    assert session.tracer.state.comparison.first_divergence is None
    assert session.pins.state.pins[0].comparison.first_divergence is None
    assert len(session.host.traces) == traced
    assert "lambda0_m = 0.001" in (own_settings / FILE_NAME).read_text()
    assert session_with(FakeHost()).tracer.tolerances == session.tracer.tolerances
    session.tracer.set_tolerances(session.tracer.tolerances.without("float64"))
    assert load_tolerances() == Tolerances()


def test_settings_that_cannot_be_read_are_left_alone(own_settings: Path) -> None:
    (own_settings / FILE_NAME).write_text("[[[")
    session = session_with(FakeHost())
    with pytest.raises(InvalidInput, match="settings cannot be used"):
        session.tracer.set_tolerances(Tolerances().with_value("float64", "lambda0_m", 1e-3))
    assert (own_settings / FILE_NAME).read_text() == "[[["
    session.tracer.request(Pixel(3, 4))
    assert session.tracer.state.comparison.first_divergence is None


def test_tolerances_of_evidence_hold_for_the_window_and_are_not_remembered(
    own_settings: Path,
) -> None:
    tracer = session_with(FakeHost()).tracer
    own = Tolerances().with_value("float64", "lambda0_m", 1e-3)
    tracer.set_tolerances(own)
    theirs = Tolerances({"float64": {"omega": 0.5}})
    tracer.take_tolerances(theirs)
    assert tracer.tolerances == theirs
    assert load_tolerances() == own
    tracer.set_tolerances(theirs.with_value("float64", "term", 0.25))
    assert load_tolerances() == own.with_value("float64", "term", 0.25)
    tracer.take_tolerances()
    assert tracer.tolerances == load_tolerances()
