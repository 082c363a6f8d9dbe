"""`braggscope explain` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from braggscope.cli.exit_codes import AGREES, BAD_INPUT, DIFFERS
from braggscope.cli.main import app

FLAGS = (
    "-cell 100 100 100 90 90 90 -default_F 100 -lambda 1 -distance 100 -N 5"
    " -pixel 0.8 -detpixels 64 -oversample 2"
)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["explain", "--flags", FLAGS, "-b", "torch-cpu", *arguments])


def test_a_planted_meaning_is_named_with_where_it_starts() -> None:
    result = run("--semantics-b", "omega=mean", "--samples", "6")
    assert result.exit_code == DIFFERS, result.output
    assert "semantics.omega=mean" in result.output
    assert "B is exactly as if, in A, solid angle were “mean”." in result.output
    assert "semantics_omega" in result.output


def test_json_holds_everything() -> None:
    result = run("--set-b", "beam.polarized=false", "--samples", "4", "--json")
    assert result.exit_code == DIFFERS, result.output
    report = json.loads(result.stdout)
    best = report["trials"][0]
    assert best["id"] == "polarized"
    assert best["explains"] is True
    assert best["overrides"] == {"beam.polarized": False}
    assert report["first_divergence"]["shares"] == {"polarized": 1.0}
    assert len(report["first_divergence"]["pixels"]) == 4


def test_runs_that_agree_need_no_explanation() -> None:
    result = run("--samples", "0")
    assert result.exit_code == AGREES, result.output
    assert "nothing to explain" in result.output


def test_an_unknown_engine_is_refused() -> None:
    result = CliRunner().invoke(app, ["explain", "--flags", FLAGS, "-b", "nobody"])
    assert result.exit_code == BAD_INPUT


def test_the_map_is_a_picture_a_table_or_data(tmp_path: Path) -> None:
    for kind in ("png", "svg", "csv", "json"):
        file = tmp_path / f"map.{kind}"
        result = run("--set-b", "beam.polarized=false", "--samples", "4", "--map", str(file))
        assert result.exit_code == DIFFERS, result.output
        assert file.stat().st_size > 100
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "polarized: 100.0 %" in (tmp_path / "map.svg").read_text()
    assert (tmp_path / "map.csv").read_text().count("polarized") == 4
    report = json.loads((tmp_path / "map.json").read_text())
    assert {pixel["variable"] for pixel in report["pixels"]} == {"polarized"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--map", "map.bmp"), "End the name with"), (("--map", "x.png", "--samples", "0"), "--map")],
)
def test_a_map_that_cannot_be_is_refused_before_the_work(
    arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == BAD_INPUT
    assert said in " ".join(result.output.split())


def test_pixels_and_changes_stay_in_a_region() -> None:
    region = ("--region", "rect:0,10,20,30")
    result = run("--semantics-b", "omega=mean", "--samples", "8", *region, "--json")
    assert result.exit_code == DIFFERS, result.output
    report = json.loads(result.stdout)
    assert report["region"] == {"slow_min": 0, "slow_max": 19, "fast_min": 10, "fast_max": 39}
    pixels = report["first_divergence"]["pixels"]
    assert len(pixels) == 8
    assert all(pixel["slow"] < 20 and 10 <= pixel["fast"] < 40 for pixel in pixels)
    assert report["trials"][0]["id"] == "semantics.omega=mean"


def test_pixels_are_chosen_in_one_way() -> None:
    result = run("--set-b", "beam.polarized=false", "--samples", "4", "--where", "grid", "--json")
    pixels = json.loads(result.stdout)["first_divergence"]["pixels"]
    corners = {(slow, fast) for slow in (0, 63) for fast in (0, 63)}
    assert {(pixel["slow"], pixel["fast"]) for pixel in pixels} == corners


def test_tolerances_of_a_file_judge_the_traces(tmp_path: Path) -> None:
    file = tmp_path / "wide.toml"
    file.write_text("[tolerances.float64]\npolarized = 1.0\n")
    said = ("--set-b", "beam.polarized=false", "--samples", "4", "--json")
    report = json.loads(run(*said, "--tolerances", str(file)).stdout)
    assert "polarized" not in report["first_divergence"]["shares"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--where", "middle"), "Ways: difference, strongest, grid"),
        (("--where", "grid", "--samples", "0"), "--samples is 0"),
        (("--tolerances", "no.toml"), "no.toml holds no tolerances"),
        (("--region", "rect:1,2"), "is not a region"),
        (("--region", "rect:900,900,5,5", "--samples", "0"), "no pixel of the region"),
        (("--region", "masked"), "there is no pixel to trace"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == BAD_INPUT
    assert said in " ".join(result.output.split())
