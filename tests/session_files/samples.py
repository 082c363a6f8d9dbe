"""Sessions to save."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage, ImageRegion, Provenance, Rectangle, Run, Semantics, Shell
from braggscope.experiment import Experiment
from braggscope.session_files.model import (
    SavedBounds,
    SavedDisplay,
    SavedDocument,
    SavedEdits,
    SavedLook,
    SavedPin,
    SavedRow,
    SavedSession,
    SavedView,
)
from braggscope.session_files.session_file import SessionContent

EXPERIMENT = Experiment.build(
    {"crystal": {"cell": {"a_A": 50, "b_A": 60, "c_A": 70}, "default_F": 10}}
)
#: What floats may be: sign of zero, denormals, infinities, NaN and 17 digits.
ODD = np.array([0.0, -0.0, 5e-324, 1 / 3, 1e30, np.inf, -np.inf, np.nan])


def image(
    shape: tuple[int, int] = (37, 53), dtype: str = "float64", masked: bool = False
) -> DetectorImage:
    """Values that do not compress, odd ones among them."""
    random = np.random.default_rng(3)
    data: NDArray[np.generic] = (random.random(shape) * 1e4).astype(dtype)
    if data.dtype.kind == "f" and data.size >= len(ODD):
        data.reshape(-1)[: len(ODD)] = ODD.astype(dtype)
    run = Run(experiment=EXPERIMENT, engine="torch-cpu", options=(("precision", "float64"),))
    origin = Provenance(run, "1.2", "a processor", "float64", 1.5, 77, True, ("a", "b c"), ("n",))
    return DetectorImage(data, random.random(shape) < 0.2 if masked else None, origin)


def session() -> SavedSession:
    """Everything is unlike its default."""
    return SavedSession(
        experiment=EXPERIMENT,
        semantics=Semantics(omega="mean"),
        edits=SavedEdits(texts={"beam.wavelength_A": "1,5"}, values={"detector.pixel_mm": -1.0}),
        document=SavedDocument(name="a.toml", path="/somewhere/a.toml", experiment=EXPERIMENT),
        rows=(
            SavedRow(id=1, engine="torch-cpu", options=(("precision", "mixed"),)),
            SavedRow(id=4, engine="nobody's", overrides=("beam.wavelength_A*=2", "semantics=x")),
            SavedRow(id=2, engine="file", options=(("path", "/ä b.cbf"),), stands=False),
        ),
        sides=(4, 1),
        regions=(
            ImageRegion(name="spot", shape=Rectangle(slow=1.5, fast=2, height=3, width=4)),
            ImageRegion(name="core", shape=Shell(d_min_A=3, d_max_A=float("inf"))),
        ),
        line=((0.0, 1.0), (20.5, 30.0)),
        thresholds={"rmse": SavedBounds(upper=0.1), "correlation": None},
        difference_map="ulp",
        display=SavedDisplay(scale="sqrt", levels={"D": (-1.0, 1.0), "A": (0.0, 1e3)}),
        look=SavedLook(arrangement="split", seam=0.25, axes="mm", slow_up=True, overlays=("axes",)),
        view=SavedView(slow=-1.5, fast=3, height=10, width=12),
        cursor=(7, 9),
        traced=(8, 9),
        pins=(SavedPin(name="peak", pixel=(1, 2)), SavedPin(pixel=(3, 4))),
        tolerances={"float64": {"omega": 1e-6}},
        layout="AAAA/w==",
        views={"pixel-trace": {"page": "pins", "folds": {"beam": False}, "details": None}},
    )


def content() -> SessionContent:
    """Three images of different kinds, and picked pixels."""
    images = {
        1: image(),
        4: image(dtype="float32", masked=True),
        2: image((600, 700), dtype="int32"),
    }
    return SessionContent(session(), images, np.array([3, 5, 900], np.int64))
