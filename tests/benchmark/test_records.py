"""What is kept of a benchmark, and the tables and pictures made of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from braggscope.api import Limit
from braggscope.benchmark.axes import LogAxis, around, plain
from braggscope.benchmark.pictures import (
    Frame,
    roofline_picture,
    scaling_picture,
    times_picture,
)
from braggscope.benchmark.record import (
    before_of,
    outcome_of,
    read_record,
    record_of,
    with_earlier,
    write_record,
)
from braggscope.benchmark.session import with_best_rates
from braggscope.benchmark.tables import cells, headers, markdown_of, references
from braggscope.errors import InvalidInput
from tests.benchmark.samples import measurement, outcome

BEFORE = {("W4", "torch-cpu"): 4.0, ("W5", "torch-cpu"): 1.0}
SVG = "{http://www.w3.org/2000/svg}"


def test_a_record_comes_back_from_its_file(tmp_path: Path) -> None:
    made = record_of(outcome(), BEFORE)
    write_record(made, tmp_path / "b.json")
    record = read_record(tmp_path / "b.json")
    assert outcome_of(record) == outcome()
    assert before_of(record) == {("W4", "torch-cpu"): 4.0}
    row = json.loads((tmp_path / "b.json").read_text())["measurements"][3]
    assert row["ns_per_step"] == pytest.approx(2.0)
    assert row["share"] == pytest.approx(0.5)


def test_series_and_workloads_of_before_stay_known(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    write_record(record_of(outcome()), path)
    again = replace(outcome(), measurements=[measurement("W4", ns=3.0)], scaling={})
    merged = outcome_of(with_earlier(record_of(again), path))
    assert list(merged.scaling) == ["steps"]
    times = {(one.workload, one.engine): one.ns_per_step for one in merged.measurements}
    assert times[("W4", "torch-cpu")] == pytest.approx(3.0)
    assert times[("W1", "nanobragg-c")] == pytest.approx(200.0)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"measurements": [{"x": 1}]}'])
def test_what_is_no_record_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"b\.json"):
        read_record(path)


def test_a_rate_measured_on_a_busy_machine_makes_no_engine_look_faster() -> None:
    slow, fast = Limit(6e7, 1e10, 1e6, 1e10), Limit(6e7, 6e10, 1e6, 2e10)
    found = [measurement("W1", limit=slow), measurement("W4", limit=fast), measurement("W5")]
    best = with_best_rates(found)
    assert [one.share for one in best] == [pytest.approx(1.0), pytest.approx(1.0), None]
    assert best[0].limit == replace(fast, operations=6e7)


def test_a_row_says_ratios_share_and_the_last_time() -> None:
    found = outcome().measurements
    names = headers(references(found))
    row = dict(zip(names, cells(found[3], found, references(found), BEFORE), strict=True))
    assert row["vs nanobragg-c"] == "25×"
    assert row["of the limit"] == "50%"
    assert row["last time"] == "0.50×"
    failed = cells(found[4], found, references(found), BEFORE)
    assert len(failed) == len(names)


def test_markdown_has_every_table() -> None:
    text = markdown_of(record_of(outcome(), BEFORE))
    assert "| W4: a title | nanobragg-c | 50.0 | 1× |" in text
    assert "W4: broken was not measured. it broke" in text
    assert "torch-cpu agrees with nanobragg-c. holds" in text
    assert "| 10 | 1.00 |" in text
    for line in text.splitlines():
        if line.startswith("|") and "workload" in line:
            columns = line.count("|")
        if line.startswith("| W"):
            assert line.count("|") == columns


@pytest.mark.parametrize("width", [480.0, 1000.0])
def test_pictures_are_svg_with_all_that_was_measured_inside_their_edges(width: float) -> None:
    made, frame = outcome(), Frame(width=width, about="a < machine & its load")
    pictures = (
        times_picture(made.measurements, BEFORE, frame),
        roofline_picture(made.measurements, frame),
        scaling_picture(made.scaling, frame),
    )
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        height = float(root.attrib["height"])
        for text in root.iter(f"{SVG}text"):
            assert 0 <= float(text.attrib["x"]) <= width
            assert 0 <= float(text.attrib["y"]) <= height
        assert "a < machine & its load" in {text.text for text in root.iter(f"{SVG}text")}
    times, roofline, _ = (
        [text.text for text in ElementTree.fromstring(p).iter(f"{SVG}text")] for p in pictures
    )
    assert {"W1", "W4", "200", "20.0", "50.0", "2.00", "hollow: the last time"} <= set(times)
    assert "broken" not in times
    assert roofline.count("W4") == 1
    assert "60.0·10⁹ fused multiply-adds per second, all threads, measured" in roofline


def test_a_roofline_without_limits_says_so() -> None:
    assert "knows its limits" in roofline_picture([measurement()])
    assert "<svg" in times_picture([], {})


def test_axes_name_decades_and_more_where_there_are_few() -> None:
    assert LogAxis(0.5, 2000, 0, 1).ticks() == [1, 10, 100, 1000]
    assert LogAxis(1, 10, 0, 1).ticks() == [1, 2, 5, 10]
    axis = around([1.0, 100.0, float("nan")], 10, 110, room=1.0)
    assert axis.at(10.0) == pytest.approx(60.0)
    assert [plain(x) for x in (0.5, 10.0, 1000.0, 1e5, 2e6)] == [
        "0.5",
        "10",
        "1000",
        "10⁵",
        "2·10⁶",
    ]
