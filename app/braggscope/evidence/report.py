"""The readable part of a bundle: one text, as Markdown and as a page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt

from braggscope.api import MetricResult, Tolerances, TraceComparison, compare_traces
from braggscope.api.run import differences
from braggscope.api.semantics import semantics_text
from braggscope.evidence.bundle import Evidence, Picture, trace_name
from braggscope.evidence.page import page_of
from braggscope.experiment.plain_text import pair_texts
from braggscope.trace_files.telling import AGREEING, short, telling_rows

#: Pixels whose way is written out; the others have a line.
_WRITTEN_OUT: Final = 8
#: A space that no line breaks at.
_FIXED: Final = "\u00a0"


def markdown_report(
    evidence: Evidence,
    pictured: Mapping[str, Picture],
    environment: dict[str, Any],
    commands: str,
) -> str:
    """The whole report as Markdown."""
    return "\n".join(
        [
            "# Comparison of two runs",
            "",
            f"**{_verdict(evidence)}**",
            "",
            *(f"- {_plain(reason)}" for reason in evidence.reasons),
            "",
            *_pictures(pictured),
            *_runs(evidence),
            *_differences(evidence),
            *_metrics(evidence),
            *_traces(evidence),
            *_missing(evidence),
            "## Command lines",
            "",
            "To be run in this folder:",
            "",
            "```sh",
            commands.rstrip(),
            "```",
            "",
            "`braggscope verify` with this folder runs both again and says whether this holds.",
            "",
            *_environment(environment),
        ]
    )


def html_report(markdown: str, base: str = "") -> str:
    """The same as a page that needs nothing but the bundle's pictures.

    Args:
        base: URL of the folder that these lie in; "": the page's own.
    """
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return page_of(body, base)


def _verdict(evidence: Evidence) -> str:
    if evidence.agrees is None:
        return "? No verdict"
    return "✓ B agrees with A" if evidence.agrees else "✗ B does not agree with A"


def _pictures(pictured: Mapping[str, Picture]) -> list[str]:
    """A, B and the difference side by side; what else there is below."""
    beside = [name for name in ("a", "b", "difference") if name in pictured]
    lines = _raw_table(
        [_cell(pictured[name].caption) for name in beside],
        [[f"![{name}](pictures/{name}.png)" for name in beside]],
    )
    for name, picture in pictured.items():
        if name not in beside:
            lines += [f"{_cell(picture.caption)}:", "", f"![{name}](pictures/{name}.png)", ""]
    return lines


def _runs(evidence: Evidence) -> list[str]:
    rows = []
    for letter, run, image in zip("AB", evidence.runs, evidence.images, strict=True):
        origin = image.provenance
        options = ", ".join(f"{name}={value}" for name, value in run.options if value)
        rows.append(
            (
                letter,
                " ".join(filter(None, (run.engine, options))),
                origin.engine_version,
                origin.device,
                origin.precision,
                f"{origin.wall_time_s:.3g} s",
                semantics_text(run.semantics) or "nanoBragg’s",
            )
        )
    header = ("", "engine", "version", "device", "precision", "time", "semantics")
    notes = [
        f"- {letter}: {_plain(note)}"
        for letter, image in zip("AB", evidence.images, strict=True)
        for note in image.provenance.notes
    ]
    return ["## Runs", "", *_table(header, rows), *notes, *([""] if notes else [])]


def _differences(evidence: Evidence) -> list[str]:
    rows = [(name, *pair_texts(a, b)) for name, a, b in differences(*evidence.runs)]
    title = ["## What differs between A and B", ""]
    if not rows:
        return [*title, "A and B were told the same.", ""]
    return [*title, *_table(("parameter", "A", "B"), rows)]


def _metrics(evidence: Evidence) -> list[str]:
    if not evidence.metrics:
        return []
    regions = list(evidence.region_metrics)
    rows = []
    for name, result in evidence.metrics.items():
        contribution = evidence.known.get(name)
        limit = evidence.bounds.get(name)
        title = contribution.title if contribution else name
        form = contribution.format if contribution else ".6g"
        inside = (evidence.region_metrics[region].get(name) for region in regions)
        rows.append(
            (
                title,
                _value(result, form),
                *("—" if one is None else _value(one, form) for one in inside),
                str(limit) if limit else "",
                f"{result.pixel.slow}, {result.pixel.fast}" if result.pixel else "",
                result.note,
            )
        )
    header = ("metric", "value", *regions, "bounds", f"pixel{_FIXED}(slow,{_FIXED}fast)", "note")
    return ["## Metrics", "", *_table(header, rows), *_regions(evidence)]


def _regions(evidence: Evidence) -> list[str]:
    lines = []
    for region in evidence.marks.regions:
        said = region.shape.model_dump(mode="json")
        kind = said.pop("kind")
        numbers = ", ".join(f"{name} {float(value):g}" for name, value in said.items())
        lines.append(f"- Region {_plain(region.name)}: {kind} {_plain(numbers)}".rstrip())
    return [*lines, *([""] if lines else [])]


def _value(result: MetricResult, form: str) -> str:
    return "undefined" if result.value is None else format(result.value, form)


def _traces(evidence: Evidence) -> list[str]:
    """Where pixels begin to differ: how many with which variable, each pixel, its way."""
    if not evidence.traces:
        return []
    tolerances = evidence.tolerances
    found = [compare_traces(a, b, tolerances=tolerances) for a, b in evidence.traces]
    counted = Counter(one.first_divergence for one in found).most_common()
    lines = [
        f"- {many} of {len(found)}: "
        + ("nothing differs" if name is None else f"`{name}` differs first")
        for name, many in counted
    ]
    rows = [
        (
            f"{one.a.pixel.slow}, {one.a.pixel.fast}",
            f"{one.a.value:.10g}",
            f"{one.b.value:.10g}",
            one.explanation,
        )
        for one in found
    ]
    summary = _table((f"pixel{_FIXED}(slow,{_FIXED}fast)", "A", "B", "first divergence"), rows)
    ways = [line for one in found[:_WRITTEN_OUT] for line in _way(one)]
    judged = _tolerances(tolerances)
    return ["## First divergence", "", *lines, "", *judged, *summary, *ways]


def _tolerances(tolerances: Tolerances) -> list[str]:
    """Tolerances that are not the profiles' own."""
    rows = [
        (f"{name} ({profile})", f"{value:g}")
        for profile, said in tolerances.changed.items()
        for name, value in said.items()
    ]
    if not rows:
        return []
    return ["Judged by other tolerances than usual:", "", *_table(("variable", "relative"), rows)]


def _way(found: TraceComparison) -> list[str]:
    """One pixel's way from the beam to its photons."""
    rows = []
    for row in telling_rows(found):
        in_a, in_b = (short(item) if item else "—" for item in (row.a, row.b))
        if row.verdict in AGREEING:
            in_b = "="
        by = f" by {row.relative:.2g}" if row.verdict == "differs" and row.relative >= 0 else ""
        sign = "▶ " if row.first else ""
        rows.append(
            (
                f"{sign}{row.name}",
                row.either.unit,
                in_a,
                in_b,
                f"{row.verdict}{by}".replace(" ", _FIXED),
            )
        )
    pixel = found.a.pixel
    files = ", ".join(
        f"[{side.upper()}]({trace_name(side, pixel).replace('.json', '.txt')})" for side in "ab"
    )
    return [
        f"### Pixel {_place(pixel)}",
        "",
        f"{_plain(found.explanation[:1].upper() + found.explanation[1:])} All variables: {files}.",
        "",
        *_table(("variable", "unit", "A", "B", "verdict"), rows),
    ]


def _missing(evidence: Evidence) -> list[str]:
    if not evidence.missing:
        return []
    return ["## What is missing", "", *(f"- {_plain(why)}" for why in evidence.missing), ""]


def _environment(said: dict[str, Any]) -> list[str]:
    packages = ", ".join(f"{name} {version}" for name, version in said["packages"].items())
    rows = [
        ("Braggscope", said["braggscope"]),
        ("Python", said["python"]),
        ("system", said["system"]),
        ("processor", f"{said['processor']} × {said['processors']}"),
        ("graphics cards", "; ".join(said["graphics"]) or "none"),
        ("devices that ran", "; ".join(said["devices"])),
        ("packages", packages),
        *((one["name"], _program(one)) for one in said["programs"]),
    ]
    return ["## Made with", "", *_table(("", ""), rows)]


def _program(one: Mapping[str, str]) -> str:
    revision = f"git revision {one['revision']}" if one["revision"] else "not in a git checkout"
    digest = f"SHA-256 {one['sha256']}" if one["sha256"] else ""
    return "; ".join(filter(None, (one["version"], revision, digest)))


def _place(pixel: Any) -> str:
    return f"slow {pixel.slow}, fast {pixel.fast}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return _raw_table([_cell(text) for text in header], [[_cell(c) for c in row] for row in rows])


def _raw_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return [*("| " + " | ".join(line) + " |" for line in lines), ""]


def _cell(text: object) -> str:
    return _plain(str(text)).replace("|", "\\|").replace("\n", " ")


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    plain = html.escape(text, quote=False)
    for sign in "\\*_`[]":
        plain = plain.replace(sign, f"\\{sign}")
    return plain
