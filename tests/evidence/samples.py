"""A small comparison, put together without engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from braggscope.api import (
    Bounds,
    DetectorImage,
    ImageRegion,
    MetricContribution,
    MetricResult,
    Pixel,
    PixelTrace,
    Provenance,
    Rectangle,
    Run,
    Semantics,
    Shell,
    variable,
)
from braggscope.evidence.bundle import Evidence, Marks
from braggscope.experiment import Experiment

FLAGS = "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 1"
SHAPE = (6, 8)


def experiment(folder: Path | None = None) -> Experiment:
    """6 × 8 pixels; with a file of structure factors where a folder is given."""
    flags = f"{FLAGS} -detpixels_s {SHAPE[0]} -detpixels_f {SHAPE[1]}".split()
    if folder is not None:
        (folder / "small.hkl").write_text("0 0 0 10\n1 0 0 20\n0 1 0 30\n")
        flags += ["-hkl", "small.hkl"]
    return Experiment.from_nanobragg(flags, folder)


def trace_of(pixel: Pixel, engine: str, wavelength_m: float) -> PixelTrace:
    """Two variables."""
    made = (variable("lambda0_m", wavelength_m), variable("val", 3.0))
    return PixelTrace(pixel, engine, made, 3.0, image_value=3.0)


def evidence(folder: Path | None = None) -> Evidence:
    """A and B differ in wavelength and semantics; B has a mask."""
    base = experiment(folder)
    a = Run(experiment=base, engine="torch-cpu", options=(("precision", "float64"),))
    b = Run(
        experiment=base,
        engine="nanobragg-c",
        overrides=(("beam.wavelength_A", 1.02),),
        semantics=Semantics(omega="mean"),
    )
    data = np.arange(48.0).reshape(SHAPE)
    mask = data > 45.0
    images = (
        DetectorImage(data, None, Provenance(a, "1.0", "a processor", "float64", 0.5)),
        DetectorImage(
            (data * 1.25).astype(np.float32),
            mask,
            Provenance(b, "2", "another", "float32", 1.5, command=("nanoBragg", "-N", "5")),
        ),
    )
    metric = MetricContribution("correlation", "Correlation", "x:y", Bounds(lower=0.999), ".6f")
    pixel = Pixel(2, 3)
    return Evidence(
        runs=(a, b),
        images=images,
        metrics={"correlation": MetricResult(0.5, pixel=pixel)},
        known={"correlation": metric},
        bounds={"correlation": Bounds(lower=0.999)},
        agrees=False,
        reasons=("Correlation ≥ 0.999: fails",),
        difference=images[1].data - data,
        traces=((trace_of(pixel, "torch-cpu", 1e-10), trace_of(pixel, "nanobragg-c", 1.02e-10)),),
        marks=Marks(
            (
                ImageRegion(name="peak", shape=Rectangle(slow=1, fast=1, height=2, width=3)),
                ImageRegion(name="low", shape=Shell(d_min_A=2.0, d_max_A=float("inf"))),
            ),
            pixel,
            ((0.0, 0.0), (5.0, 7.0)),
        ),
        region_metrics={"peak": {"correlation": MetricResult(None, "constant")}},
        missing=("nothing, this is a test",),
    )


def without_traces(made: Evidence) -> Evidence:
    """The same, of engines that cannot trace."""
    return replace(made, traces=())
