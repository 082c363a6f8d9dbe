"""Who is measured, and with which settings."""

from __future__ import annotations

import pytest

from braggscope.benchmark.contestants import FOREIGN, USUAL, contestants
from braggscope.errors import InvalidInput
from braggscope.host.settings import Settings


def test_the_usual_ones_and_the_foreign_program_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NB_C_BIN", raising=False)
    assert [one.name for one in contestants([])] == list(USUAL)
    monkeypatch.setenv("NB_C_BIN", "/some/nanoBragg")
    own, foreign, *others = contestants([])
    assert (own.name, own.settings) == ("nanobragg-c", {"program": "own"})
    assert (foreign.name, foreign.engine_id) == (FOREIGN, "nanobragg-c")
    assert foreign.settings == {"program": "/some/nanoBragg"}
    assert [one.name for one in others] == list(USUAL[1:])


def test_the_foreign_program_must_be_there_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NB_C_BIN", raising=False)
    with pytest.raises(InvalidInput, match="NB_C_BIN"):
        contestants([FOREIGN])


def test_own_settings_stand_over_the_users_for_that_engine_alone() -> None:
    (one,) = contestants(["nanobragg-c"])
    users = Settings(
        engines={"nanobragg-c": {"program": "/other", "time_limit_s": "5"}, "x": {"a": "b"}}
    )
    found = one.with_threads(3).applied_to(users)
    assert found.engine("nanobragg-c") == {
        "program": "own",
        "time_limit_s": "5",
        "threads": "3",
    }
    assert found.engine("x") == {"a": "b"}


def test_what_is_no_option_is_refused() -> None:
    with pytest.raises(InvalidInput, match="mixed"):
        contestants(["torch-cpu,mixed"])
