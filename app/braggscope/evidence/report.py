"""The readable part of a bundle: one text, as Markdown and as a page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt

from braggscope.api import MetricResult, PixelTrace, compare_traces
from braggscope.api.run import differences
from braggscope.api.semantics import semantics_text
from braggscope.evidence.bundle import Evidence
from braggscope.experiment.plain_text import pair_texts

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c2430; background: #fff; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { border: 1px solid #c8d0da; padding: 0.25rem 0.6rem; text-align: left; }
th { background: #f0f3f7; }
img { max-width: 31%; margin-right: 1%; image-rendering: pixelated; border: 1px solid #c8d0da; }
code { background: #f0f3f7; padding: 0 0.2rem; overflow-wrap: anywhere; }
"""


def markdown_report(evidence: Evidence, environment: dict[str, Any], commands: str) -> str:
    """The whole report as Markdown."""
    return "\n".join(
        [
            "# Comparison of two runs",
            "",
            f"**{_verdict(evidence)}**",
            "",
            *(f"- {_plain(reason)}" for reason in evidence.reasons),
            "",
            "![A](pictures/a.png) ![B](pictures/b.png) ![B − A](pictures/difference.png)",
            "",
            *_runs(evidence),
            *_differences(evidence),
            *_metrics(evidence),
            *_traces(evidence.traces),
            "## Command lines",
            "",
            "```sh",
            commands.rstrip(),
            "```",
            "",
            *_environment(environment),
        ]
    )


def html_report(markdown: str) -> str:
    """The same as a page that needs nothing but the bundle's pictures."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Comparison of two runs</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def _verdict(evidence: Evidence) -> str:
    if evidence.agrees is None:
        return "No verdict"
    return "B agrees with A" if evidence.agrees else "B does not agree with A"


def _runs(evidence: Evidence) -> list[str]:
    rows = []
    for letter, run, image in zip("AB", evidence.runs, evidence.images, strict=True):
        origin = image.provenance
        options = ", ".join(f"{name}={value}" for name, value in run.options)
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
    return ["## Runs", "", *_table(header, rows)]


def _differences(evidence: Evidence) -> list[str]:
    rows = [(name, *pair_texts(a, b)) for name, a, b in differences(*evidence.runs)]
    if not rows:
        return ["A and B were told the same.", ""]
    return ["## What differs between A and B", "", *_table(("parameter", "A", "B"), rows)]


def _metrics(evidence: Evidence) -> list[str]:
    rows = []
    for name, result in evidence.metrics.items():
        contribution = evidence.known.get(name)
        limit = evidence.bounds.get(name)
        pixel = f"slow {result.pixel.slow}, fast {result.pixel.fast}" if result.pixel else ""
        title = contribution.title if contribution else name
        form = contribution.format if contribution else ".6g"
        rows.append((title, _value(result, form), str(limit) if limit else "", pixel, result.note))
    return ["## Metrics", "", *_table(("metric", "value", "bounds", "pixel", "note"), rows)]


def _value(result: MetricResult, form: str) -> str:
    return "undefined" if result.value is None else format(result.value, form)


def _traces(traces: Sequence[tuple[PixelTrace, PixelTrace]]) -> list[str]:
    if not traces:
        return []
    rows = []
    for a, b in traces:
        found = compare_traces(a, b)
        place = f"slow {a.pixel.slow}, fast {a.pixel.fast}"
        rows.append((place, f"{a.value:.10g}", f"{b.value:.10g}", found.explanation))
    return ["## Where it begins", "", *_table(("pixel", "A", "B", "first divergence"), rows)]


def _environment(said: dict[str, Any]) -> list[str]:
    packages = ", ".join(f"{name} {version}" for name, version in said["packages"].items())
    rows = [
        ("Braggscope", said["braggscope"]),
        ("Python", said["python"]),
        ("system", said["system"]),
        ("processor", f"{said['processor']} × {said['processors']}"),
        ("devices", "; ".join(said["devices"])),
        ("packages", packages),
        *(
            (one["name"], " ".join(filter(None, (one["version"], one["revision"]))))
            for one in said["programs"]
        ),
    ]
    return ["## Made with", "", *_table(("", ""), rows)]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [*("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines), ""]


def _cell(text: object) -> str:
    return _plain(str(text)).replace("|", "\\|").replace("\n", " ")


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return html.escape(text, quote=False).replace("*", "\\*").replace("_", "\\_")
