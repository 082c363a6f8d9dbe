"""The look of a bundle's page: light or dark as the reader's system, and on paper."""

from __future__ import annotations

from html import escape
from typing import Final

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #ffffff; --text: #1c2430; --muted: #5b6675;
  --line: #d5dbe3; --head: #f1f4f8; --link: #0b62b8; --good: #19713c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181e; --text: #e4e8ee; --muted: #9aa5b3; --line: #343c47; --head: #1e242c;
    --link: #7db8f5; --good: #6fd08c; --bad: #ff8d85; } }
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  max-width: 68rem; margin: 2.5rem auto; padding: 0 1.25rem; color: var(--text);
  background: var(--ground); }
h1 { font-size: 1.7rem; margin: 0 0 0.25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.75rem; padding-bottom: 0.3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.75rem 0 0.25rem; }
h1 + p { font-size: 1.15rem; margin: 0 0 0.75rem; }
.agrees h1 + p { color: var(--good); } .differs h1 + p { color: var(--bad); }
ul { margin: 0.5rem 0; padding-left: 1.25rem; }
a { color: var(--link); }
.wide { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35rem 0.9rem 0.35rem 0;
  text-align: left; vertical-align: top; }
th { color: var(--muted); font-weight: 600; font-size: 0.87rem; }
td:not(:last-child) { white-space: nowrap; }
.pictures td { white-space: normal; }
tbody tr:hover { background: var(--head); }
tr.first { background: var(--head); font-weight: 600; } tr.first td:first-child {
  color: var(--bad); }
img { max-width: 100%; display: block; border: 1px solid var(--line); border-radius: 4px; }
td img { width: 100%; image-rendering: pixelated; }
.pictures table { width: 100%; table-layout: fixed; }
.pictures th, .pictures td { border: 0; }
code { font: 0.87rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--head);
  padding: 0.1rem 0.3rem; border-radius: 3px; overflow-wrap: anywhere; }
pre { background: var(--head); border: 1px solid var(--line); border-radius: 4px;
  padding: 0.75rem 1rem; white-space: pre-wrap; }
pre code { padding: 0; background: none; }
@media print { body { margin: 0; max-width: none; } h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; } }
"""


def page_of(body: str, base: str = "") -> str:
    """A whole page around a body that was made of Markdown.

    Args:
        base: URL of the folder that its pictures lie in; "": the page's own.
    """
    body = body.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )
    # The pictures stand side by side in the first table that holds any.
    start = body.rfind('<div class="wide">', 0, max(0, body.find("<td><img")))
    if start >= 0:
        body = body[:start] + body[start:].replace('class="wide"', 'class="pictures"', 1)
    body = body.replace("<tr>\n<td>▶ ", '<tr class="first">\n<td>▶ ')
    verdict = "agrees" if "<strong>✓" in body else "differs" if "<strong>✗" in body else "open"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        + (f'<base href="{escape(base)}">\n' if base else "")
        + '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Comparison of two runs</title>\n<style>{_STYLE}</style>\n</head>\n"
        f'<body class="{verdict}">\n{body}</body>\n</html>\n'
    )
