"""What is said of evidence. Knows no widget."""

from __future__ import annotations

from braggscope.errors import sentence
from braggscope.evidence.bundle import OpenedBundle
from braggscope.evidence.verifying import Check, Outcome, outcome_of
from braggscope.gui.evidence.gathering import Shown

SIGNS: dict[Outcome, str] = {"holds": "✓", "differs": "✗", "cannot be repeated": "?"}
TONES: dict[Outcome, str] = {"holds": "good", "differs": "bad", "cannot be repeated": "warn"}
_VERDICTS = {True: "B agrees with A", False: "B does not agree with A", None: "no verdict"}


def verdict_text(agrees: bool | None) -> str:
    """A verdict in words."""
    return _VERDICTS[agrees]


def export_lines(shown: Shown) -> tuple[tuple[str, str], ...]:
    """What goes into the evidence: titles and texts."""
    sides = zip("AB", shown.labels, shown.images, strict=True)
    lines = [(side, f"{label}, {i.shape[0]} × {i.shape[1]} pixels") for side, label, i in sides]
    agrees = shown.findings.agrees if shown.findings is not None else None
    verdict = verdict_text(agrees)
    if shown.pending:
        verdict += f"; {len(shown.pending)} metrics are still being measured, and left out"
    lines.append(("Verdict", sentence(verdict)))
    regions = [region.name for region in shown.marks.regions]
    lines.append(("Regions", ", ".join(regions) or "none"))
    pixels = [f"{pixel.slow}, {pixel.fast}" for pixel in shown.pixels]
    lines.append(("Traced pixels", "; ".join(pixels) or "none"))
    many = shown.tolerances.many
    lines.append(("Tolerances", f"{many} of your own" if many else "of the profiles"))
    return tuple(lines)


def opened_texts(
    bundle: OpenedBundle, notes: tuple[str, ...], is_shown: bool = True
) -> tuple[str, str]:
    """What the bar says of a bundle that is open: one line, and the rest.

    Args:
        is_shown: whether A and B are still its images.
    """
    version = bundle.environment.get("braggscope", "")
    made = bundle.made.replace("T", " ")[:16]
    name, verdict = bundle.source.name, verdict_text(bundle.agrees)
    head = f"From evidence {name}: {verdict}"
    if not is_shown:
        head = f"Evidence {name}, no longer shown: there {verdict}"
    parts = [f"made {made} UTC"] if made else []
    parts += [f"with Braggscope {version}"] if version else []
    about = " ".join(parts)
    lines = [sentence(about)] if about else []
    many = bundle.tolerances.many
    if many:
        lines.append(f"Traces are judged by its tolerances: {many} differ from the profiles’")
    return head, "\n".join((*lines, *warnings_of(bundle, notes)))


def warnings_of(bundle: OpenedBundle, notes: tuple[str, ...]) -> tuple[str, ...]:
    """What is not as it was written."""
    lines = [*bundle.problems, *notes]
    if bundle.changed:
        many = len(bundle.changed)
        named = ", ".join(bundle.changed[:3]) + (" …" if many > 3 else "")
        files = "1 file is" if many == 1 else f"{many} files are"
        lines.append(f"{files} not what the checksums say: {named}")
    return tuple(f"⚠ {sentence(line)}" for line in lines)


def checks_text(checks: tuple[Check, ...]) -> str:
    """The outcome in one sentence."""
    outcome = outcome_of(checks)
    if outcome == "holds":
        return "✓ The evidence holds: all was made again and is as recorded."
    if outcome == "differs":
        many = sum(check.outcome == "differs" for check in checks)
        return f"✗ The evidence does not hold any more: {many} of {len(checks)} checks differ."
    many = sum(check.outcome == "cannot be repeated" for check in checks)
    return f"? {many} of {len(checks)} checks cannot be repeated here; the others hold."


def size_text(size: int) -> str:
    """A file's size."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(1, size // 1000)} kB"
