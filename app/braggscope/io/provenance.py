"""How an image came about, as plain data and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from braggscope import __version__
from braggscope.api import DetectorImage


def provenance_data(image: DetectorImage) -> dict[str, Any]:
    """Everything that is known about an image, its run with all that was said included."""
    origin = image.provenance
    data = {name: value for name, value in asdict(origin).items() if name != "run"}
    run = origin.run
    return {
        "software": f"Braggscope {__version__}",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": "" if run is None else run.engine,
        **data,
        "run": None if run is None else run.model_dump(mode="json", exclude_unset=True),
    }


def provenance_json(image: DetectorImage) -> str:
    """The same as indented JSON."""
    return json.dumps(provenance_data(image), indent=1, ensure_ascii=False)
