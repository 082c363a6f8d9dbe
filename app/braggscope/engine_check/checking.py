"""Goes through everything that an engine file may promise, on experiments of 40 × 30 pixels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    BraggscopeError,
    DetectorImage,
    InvalidInput,
    Pixel,
    PixelTrace,
    Run,
    Semantics,
    compare_traces,
)
from braggscope.engine_check.cases import CASES, Case, experiment_of
from braggscope.engine_check.hints import hint_for, largest_difference
from braggscope.engine_files.model import EngineDescription
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope.host.host import Host

State = Literal["ok", "differs", "ignored", "refused", "failed", "missing"]
#: Largest difference that is agreement, of the largest pixel: single precision throughout has less.
_TOLERANCE: Final = 1e-3
_REGION: Final = RegionOfInterest(fast_min=5, fast_max=30, slow_min=8, slow_max=25)


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was tried.
        state: how it went; "missing" is what the file does not promise.
        text: what was found, or what to do.
    """

    name: str
    state: State
    text: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether something has to be mended, in the file or in the program."""
        return self.state in ("differs", "ignored", "failed")


@dataclass
class Checker:
    """Tries an engine against a reference.

    Attributes:
        host: knows both.
        description: of the engine.
        reference: id of the engine that is right.
        folder: for files with structure factors.
        cases: parts of the physics to try.
    """

    host: Host
    description: EngineDescription
    reference: str
    folder: Path
    cases: Sequence[Case] = CASES
    _expected: dict[Run, DetectorImage] = field(default_factory=dict)
    _fractions: list[float] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """All lines; what depends on an image is left out where there is none."""
        state = self.host.availability(self.description.id).result()
        if not state.available:
            yield Finding("program", "failed", state.reason)
            return
        yield Finding("program", "ok", f"{state.device}, version {state.version}")
        plain = self._experiment("")
        try:
            image = self._image(plain)
        except BraggscopeError as error:
            yield Finding("image", "failed", _told(error))
            return
        yield self._read(image)
        agreement = self._agreement(plain, image)
        yield agreement
        told = any(0.0 < fraction < 1.0 for fraction in self._fractions)
        yield Finding(
            "progress", "ok" if told else "missing", "" if told else "it prints no percentages"
        )
        yield from self._traces(plain, image)
        if agreement.is_fault:
            return  # Every case would differ by the same.
        yield self._region(plain)
        for case in self.cases:
            yield self._case(case, plain)
        for name, values in self.description.semantics.items():
            for value in values:
                yield self._semantic(name, value)

    def _experiment(self, flags: str) -> Experiment:
        return experiment_of(flags, self.folder, with_file=self.description.says("hkl"))

    def _image(self, experiment: Experiment, **more: Any) -> DetectorImage:
        run = Run(experiment=experiment, engine=self.description.id, **more)
        job = self.host.render(run, lambda done, _: self._fractions.append(done), use_cache=False)
        return job.result()

    def _right(self, experiment: Experiment, **more: Any) -> NDArray[Any]:
        run = Run(experiment=experiment, engine=self.reference, **more)
        if run not in self._expected:
            self._expected[run] = self.host.render(run).result()
        return self._expected[run].data

    def _read(self, image: DetectorImage) -> Finding:
        data = image.data.astype(np.float64)
        odd = int(np.count_nonzero(~np.isfinite(data)))
        slow, fast = image.shape
        size = f"{slow} × {fast} (slow × fast) {image.data.dtype}"
        if odd:
            return Finding("image", "failed", f"{size}: {odd} pixels are not finite numbers")
        if not data.any():
            return Finding("image", "failed", f"{size}: all pixels are 0")
        return Finding("image", "ok", f"{size}, {data.min():.4g} to {data.max():.4g}")

    def _agreement(self, experiment: Experiment, image: DetectorImage) -> Finding:
        expected = self._right(experiment)
        name = f"against {self.reference}"
        largest = largest_difference(expected, image.data)
        if largest <= _TOLERANCE:
            return Finding(name, "ok", _difference(largest))
        said = self.description.image
        turned = said.transpose or said.flip_slow or said.flip_fast
        hint = "" if turned else hint_for(expected, image.data)
        return Finding(name, "differs", "; ".join(filter(None, (_difference(largest), hint))))

    def _case(self, case: Case, plain: Experiment) -> Finding:
        experiment = self._experiment(case.flags)
        found = self._compared(case.title, lambda: self._image(experiment), experiment, plain)
        if found.state != "ignored":
            return found
        flags = [word for word in case.flags.split() if word[1:2].isalpha()]
        text = f"{found.text}; [refuses] flags = {json.dumps(flags)} would say so"
        return replace(found, text=text)

    def _compared(
        self,
        title: str,
        make: Callable[[], DetectorImage],
        experiment: Experiment,
        plain: Experiment,
        **more: Any,
    ) -> Finding:
        try:
            found = make().data
        except InvalidInput as error:
            return Finding(title, "refused", _told(error))
        except BraggscopeError as error:
            return Finding(title, "failed", _told(error))
        largest = largest_difference(self._right(experiment, **more), found)
        if largest <= _TOLERANCE:
            return Finding(title, "ok", _difference(largest))
        if largest_difference(self._right(plain), found) <= _TOLERANCE:
            return Finding(title, "ignored", "the image is the one without it")
        return Finding(title, "differs", _difference(largest))

    def _region(self, plain: Experiment) -> Finding:
        try:
            image = self._image(plain, region=_REGION)
        except InvalidInput as error:
            return Finding("region of interest", "refused", _told(error))
        except BraggscopeError as error:
            return Finding("region of interest", "failed", _told(error))
        inside = np.ones(image.shape, np.bool_) if image.mask is None else ~image.mask
        largest = largest_difference(self._right(plain)[inside], image.data[inside])
        text = _difference(largest)
        if image.data[~inside].any():
            text += "; it computes all pixels all the same"
        state: State = "ok" if largest <= _TOLERANCE else "differs"
        return Finding("region of interest", state, text)

    def _semantic(self, name: str, value: str) -> Finding:
        # Sub-pixels and layers: without them most options make no difference.
        experiment = self._experiment(
            "-oversample 2 -detector_abs 400 -detector_thick 900 -detector_thicksteps 3"
            " -phi 0 -osc 6 -phisteps 3 -mosaic 2 -mosaic_domains 3 -water 2000"
        )
        semantics = Semantics.model_validate({name: value})
        return self._compared(
            f"{name} = {value}",
            lambda: self._image(experiment, semantics=semantics),
            experiment,
            experiment,
            semantics=semantics,
        )

    def _traces(self, plain: Experiment, image: DetectorImage) -> Iterator[Finding]:
        if self.description.trace is None:
            yield Finding("trace", "missing", "the file has no table [trace]")
            return
        brightest = int(np.nanargmax(self._right(plain)))
        slow, fast = divmod(brightest, image.shape[1])
        pixel = Pixel(slow, fast)
        run = Run(experiment=plain, engine=self.description.id)
        try:
            trace = self.host.trace(run, [pixel], image).result()[0]
        except BraggscopeError as error:
            yield Finding("trace", "failed", _told(error))
            return
        yield _trace_read(trace)
        right = Run(experiment=plain, engine=self.reference)
        expected = self.host.trace(right, [pixel]).result()[0]
        found = compare_traces(expected, trace)
        state: State = "differs" if found.first_divergence else "ok"
        yield Finding(f"trace against {self.reference}", state, found.explanation)


def _trace_read(trace: PixelTrace) -> Finding:
    parts = " (a part)" if trace.partial else ""
    text = (
        f"{len(trace.variables)} variables{parts} of pixel slow {trace.pixel.slow},"
        f" fast {trace.pixel.fast}; {trace.precision}"
    )
    if trace.agrees_with_image:
        return Finding("trace", "ok", text)
    return Finding(
        "trace",
        "differs",
        f"{text}; it ends in {trace.value:.9g}, the image has {trace.image_value:.9g}",
    )


def _difference(largest: float) -> str:
    if not np.isfinite(largest):
        return "some pixels are not finite numbers"
    if largest == 0.0:
        return "identical"
    return f"largest difference {largest:.1e} of the maximum"


def _told(error: BraggscopeError) -> str:
    last = error.details.strip().splitlines()
    return str(error) if error.why or not last else f"{error} {last[-1]}"
