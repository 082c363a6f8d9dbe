"""`braggscope trace --asymmetry`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from braggscope.cli.main import app

FLAGS = (
    "-cell 90 90 90 90 90 90 -default_F 10 -lambda 1 -distance 20 -N 4 -detpixels 32 -oversample 3"
)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["trace", *arguments, "--flags", FLAGS])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_edge_stands_beside_the_centre_on_both_sides() -> None:
    lines = [line.split() for line in run("--asymmetry").splitlines()]
    omegas = [line for line in lines if line and line[0] == "omega_now"]
    assert [line[2:4] for line in omegas] == [
        [pixel, side] for pixel in ("centre", "edge", "corner") for side in ("A", "B")
    ]
    sizes = [abs(float(line[-1])) for line in omegas]
    assert sizes[0] < sizes[2] / 5  # The solid angle varies at the edge, hardly in the centre.
    assert sizes[0] == sizes[1]


def test_json_has_every_variable_and_every_number() -> None:
    report = json.loads(run("5", "31", "--asymmetry", "--json", "-b", ""))
    assert [(one["name"], one["pixel"]) for one in report["pixels"]] == [
        ("centre", [16, 16]), ("pixel", [5, 31]),
    ]  # fmt: skip
    sides = report["pixels"][1]["sides"]
    assert set(sides) == {"A"}
    names = {item["name"] for item in sides["A"]}
    assert {"FSO", "pos_m", "R_m", "omega_now", "d", "q", "hkl", "F_latt", "polar_now"} <= names
    omega = next(item for item in sides["A"] if item["name"] == "omega_now")
    assert omega["minimum"] < omega["mean"] < omega["maximum"]
    assert omega["asymmetry"] == pytest.approx((omega["last"] - omega["first"]) / omega["mean"])


def test_without_asymmetry_a_pixel_is_needed() -> None:
    for arguments in (["trace"], ["trace", "5"], ["trace", "5", "--asymmetry"]):
        done = CliRunner().invoke(app, [*arguments, "--flags", FLAGS])
        assert done.exit_code == 2
        assert "Give both numbers" in " ".join(done.output.split())
