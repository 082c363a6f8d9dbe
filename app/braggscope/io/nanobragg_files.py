"""nanoBragg's integer image, picture and noise image from its float image (spec 11 and 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from braggscope.io.smv_header import smv_header
from braggscope.io.statistics import Image, Statistics, region_of
from braggscope.physics.noise import Noise
from braggscope.physics.random import ShuffledGenerator
from braggscope.physics.setup import Setup

_LARGEST: Final = 65535.0


@dataclass(frozen=True)
class Scaled:
    """A file's content and the scale that was used, ADU or grey levels per photon."""

    content: bytes
    scale: float


@dataclass(frozen=True)
class Noisy:
    """A noise image's file, its photons, and how many pixels were too bright."""

    content: bytes
    photons: float
    overloads: int


def integer_scale(wanted: float, statistics: Statistics) -> float:
    """ADU per photon: the wanted one, or so that the brightest pixel is 55000."""
    if wanted > 0.0:
        return wanted
    return 55000.0 / statistics.maximum if statistics.maximum > 0.0 else 1.0


def integer_image(image: Image, setup: Setup, scale: float, adc: float) -> Scaled:
    """The SMV file of scaled pixels; those outside the region are 0, without the offset."""
    rows, columns = region_of(setup)
    pixels = np.zeros(image.shape, np.uint16)
    levels = np.nan_to_num(image[rows, columns].astype(np.float64) * scale + adc, nan=0.0)
    clipped = np.clip(levels, 0.0, _LARGEST)
    pixels[rows, columns] = np.floor((clipped + 0.5).astype(np.float32)).astype(np.uint16)
    return Scaled(smv_header(setup) + pixels.tobytes(), scale)


def grey_image(
    image: Image, setup: Setup, wanted_scale: float, int_scale: float, statistics: Statistics
) -> Scaled:
    """The PGM picture: one byte per pixel, 0 outside the region."""
    scale = wanted_scale
    if not scale > 0.0:
        scale = 250.0 / (5.0 * statistics.rmsd) if statistics.rmsd > 0.0 else int_scale
    rows, columns = region_of(setup)
    levels = image[rows, columns].astype(np.float64) * scale
    clipped = np.nan_to_num(np.minimum(levels, 255.0), nan=0.0, neginf=0.0)
    grey = np.zeros(image.shape, np.uint8)
    grey[rows, columns] = np.trunc(clipped).astype(np.int64).astype(np.uint8)
    slow, fast = image.shape
    header = f"P5\n{fast} {slow}\n# pixels scaled by {scale:g}\n255\n"
    return Scaled(header.encode("ascii") + grey.tobytes(), scale)


def generator_after(setup: Setup, misset_seed: int | None, mosaic_seed: int) -> ShuffledGenerator:
    """The random generator as misset and mosaic leave it; all streams share it (spec 12.1, Q31)."""
    generator = ShuffledGenerator()
    if misset_seed is not None:
        _skip(generator, misset_seed, 1)
    _skip(generator, mosaic_seed, len(setup.crystal.mosaic_deviates))
    return generator


def _skip(generator: ShuffledGenerator, seed: int, rotations: int) -> None:
    stream = generator.stream(seed)
    for _ in range(3 * rotations):
        stream.next()


def noise_image(
    image: Image, setup: Setup, adc: float, generator: ShuffledGenerator, seed: int
) -> Noisy:
    """The SMV file with photon noise; a deviate is drawn for masked pixels too.

    NaN is taken as 0: nanoBragg would never end.
    """
    noise = Noise(generator.stream(seed))
    rows, columns = region_of(setup)
    means = np.nan_to_num(image[rows, columns], nan=0.0, posinf=np.inf, neginf=-np.inf)
    drawn = noise.poissons(means)
    levels = drawn + adc
    overloads = levels > _LARGEST
    pixels = np.zeros(image.shape, np.uint16)
    stored = np.trunc(np.where(overloads, _LARGEST, np.nan_to_num(levels)))
    pixels[rows, columns] = (stored.astype(np.int64) & 0xFFFF).astype(np.uint16)
    photons = float(np.add.accumulate(drawn.ravel())[-1]) if drawn.size else 0.0
    return Noisy(smv_header(setup) + pixels.tobytes(), photons, int(overloads.sum()))
