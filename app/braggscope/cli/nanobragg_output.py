"""What the drop-in writes and prints, in nanoBragg's order (spec 10, 11 and 13)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.experiment.dump_file import dump_bytes
from braggscope.experiment.model import Experiment
from braggscope.experiment.nanobragg import CommandLine
from braggscope.experiment.reflections import load_reflections
from braggscope.experiment.smv import load_mask
from braggscope.io.nanobragg_files import (
    generator_after,
    grey_image,
    integer_image,
    integer_scale,
    noise_image,
)
from braggscope.io.statistics import Statistics, region_of, statistics_of
from braggscope.physics.setup import Setup
from braggscope.physics.solid_angle import subtended_sr
from braggscope.whole_files import check_writable, write_whole

Image = NDArray[np.float32]


@dataclass(frozen=True)
class OutputFile:
    """A file that is ready to be written."""

    path: Path
    content: bytes

    def write(self) -> None:
        """Write it whole or not at all."""
        write_whole(self.path, lambda sink: sink.write(self.content))


@dataclass(frozen=True)
class Outputs:
    """Where each kind of file goes; None where it is not wanted."""

    float32: Path | None
    float64: Path | None
    integers: Path | None
    grey: Path | None
    noise: Path | None
    dump: Path | None

    @classmethod
    def of(cls, command: CommandLine) -> Outputs:
        """nanoBragg's defaults, but for what the flags say."""
        output = command.output
        names = output.files

        def place(kind: str, default: str, wanted: bool) -> Path | None:
            return Path(names.get(kind, default)) if wanted else None

        only_float64 = "float64" in names and "float" not in names
        return cls(
            float32=place("float", "floatimage.bin", output.wants_float and not only_float64),
            float64=place("float64", "", "float64" in names),
            integers=place("int", "intimage.img", output.wants_int),
            grey=place("pgm", "image.pgm", output.wants_pgm),
            noise=place("noise", "noiseimage.img", output.wants_noise),
            dump=Path(output.dump_name)
            if output.wants_dump and _has_listed_factors(command.experiment)
            else None,
        )

    def paths(self) -> list[Path]:
        """All files."""
        return [path for path in vars(self).values() if path is not None]

    def check(self) -> None:
        """Refuse what cannot be written, before the work.

        Raises:
            InvalidInput: a place takes no file, or two kinds have the same one.
        """
        seen: set[str] = set()
        for path in self.paths():
            check_writable(path)
            place = os.path.realpath(path)
            if place in seen and not (path.exists() and not path.is_file()):
                raise InvalidInput(
                    "two kinds of output have the same file",
                    where=str(path),
                    why="the second would replace the first",
                    remedy="Give each of them a name of its own",
                )
            seen.add(place)


def _has_listed_factors(experiment: Experiment) -> bool:
    return "-hkl" in experiment.source_of("crystal.structure_factors")


#: A line to print, and the file to write with it.
Line = tuple[str, OutputFile | None]


def files_of(
    command: CommandLine, setup: Setup, data: NDArray[np.generic], outputs: Outputs
) -> list[Line]:
    """What to print and to write for an image; everything is computed before the first file."""
    image = data.astype(np.float32)
    reference = setup.detector.mask
    mask = None if reference is None else load_mask(reference, setup.detector.shape)
    statistics = statistics_of(image, setup, mask)
    return [
        *_dump_lines(command.experiment, outputs),
        (_solid_angle(command, setup, mask), None),
        *_float_lines(data, image, outputs),
        *((line, None) for line in statistics.lines()),
        *_scaled_lines(command, setup, image, statistics, outputs),
        *_noise_lines(command, setup, image, outputs),
    ]


def _dump_lines(experiment: Experiment, outputs: Outputs) -> Iterator[Line]:
    factors = experiment.crystal.structure_factors
    if outputs.dump is not None and factors is not None:
        table, low = load_reflections(factors).table(experiment.crystal.default_F)
        file = OutputFile(outputs.dump, dump_bytes(table, low))
        yield f"writing dump file for next time: {outputs.dump}", file


def _solid_angle(command: CommandLine, setup: Setup, mask: NDArray[np.bool_] | None) -> str:
    rendered = np.zeros(setup.detector.shape, bool)
    rendered[region_of(setup)] = True
    if mask is not None:
        rendered &= mask
    omega = subtended_sr(
        setup,
        rendered,
        every_sub_pixel=command.semantics.omega != "first",
        thickness_layers=command.semantics.thickness_layers,
    )
    return (
        f"solid angle subtended by detector = {omega:g} steradian"
        f" ( {100.0 * omega / 4.0 / np.pi:g}% sphere)"
    )


def _float_lines(data: NDArray[np.generic], image: Image, outputs: Outputs) -> Iterator[Line]:
    for path, pixels, size in (
        (outputs.float32, image, 4),
        (outputs.float64, data.astype(np.float64, copy=False), 8),
    ):
        if path is not None:
            text = f"writing {path} as {pixels.size} {size}-byte floats"
            yield text, OutputFile(path, pixels.tobytes())


def _scaled_lines(
    command: CommandLine, setup: Setup, image: Image, statistics: Statistics, outputs: Outputs
) -> Iterator[Line]:
    output = command.output
    scale = integer_scale(output.int_scale, statistics)
    if outputs.integers is not None:
        yield f"intfile_scale = {scale:g}", None
        content = integer_image(image, setup, scale, output.adc).content
        text = f"writing {outputs.integers} as 2-byte integers"
        yield text, OutputFile(outputs.integers, content)
    if outputs.grey is not None:
        grey = grey_image(image, setup, output.pgm_scale, scale, statistics)
        yield f"pgm_scale = {grey.scale:g}", None
        text = f"writing {outputs.grey} as 1-byte integers"
        yield text, OutputFile(outputs.grey, grey.content)


def _noise_lines(
    command: CommandLine, setup: Setup, image: Image, outputs: Outputs
) -> Iterator[Line]:
    if outputs.noise is None:
        return
    crystal, output = command.experiment.crystal, command.output
    generator = generator_after(setup, crystal.misset_seed, crystal.mosaic_seed)
    noisy = noise_image(image, setup, output.adc, generator, output.noise_seed)
    yield f"{noisy.photons:.0f} photons on noise image ({noisy.overloads} overloads)", None
    text = f"writing {outputs.noise} as 2-byte integers"
    yield text, OutputFile(outputs.noise, noisy.content)
