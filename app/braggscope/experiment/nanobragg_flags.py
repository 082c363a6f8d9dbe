"""The flags of nanoBragg: text, way of matching, values, and what each one does (spec cli.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from braggscope.experiment import nanobragg_actions as act
from braggscope.experiment.nanobragg_actions import Action, set_

#: Takes a flag's values from what follows it; None when there is too little.
Take = Callable[[list[str]], list[str] | None]


def take(count: int) -> Take:
    """A fixed number of values."""
    return lambda rest: rest[:count] if len(rest) >= count else None


def take_cell(rest: list[str]) -> list[str] | None:
    """One to six values, up to the next flag."""
    end = next((i for i, text in enumerate(rest[:6]) if text.startswith("-")), min(6, len(rest)))
    return rest[:end] or None


def take_misset(rest: list[str]) -> list[str] | None:
    """The word random, or three angles."""
    if rest and "rand" in rest[0]:
        return rest[:1]
    return rest[:3] if len(rest) >= 3 else None


def take_none_but_not_last(rest: list[str]) -> list[str] | None:
    """No value, and yet something must follow (Q15)."""
    return [] if rest else None


@dataclass(frozen=True)
class Flag:
    """One row of the table.

    Attributes:
        text: the flag.
        take: what it takes of the words behind it.
        action: what it does.
        exact: whether the whole argument must be the text; else it may occur anywhere inside.
        essential: whether nanoBragg crashes where the value is missing; else it ignores the flag.
        unless: texts that keep an argument from this flag.
    """

    text: str
    take: Take
    action: Action
    exact: bool = False
    essential: bool = False
    unless: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """How many words it takes at most."""
        return len(self.take(["1"] * 9) or ())

    def matches(self, argument: str) -> bool:
        """Whether an argument is, or contains, this flag."""
        if self.exact:
            return argument == self.text
        return self.text in argument and not any(text in argument for text in self.unless)


def _one(texts: str, action: Action, *, exact: bool = False, essential: bool = False) -> list[Flag]:
    return [Flag(text, take(1), action, exact, essential) for text in texts.split()]


def _none(texts: str, action: Action) -> list[Flag]:
    return [Flag(text, take(0), action) for text in texts.split()]


def _vectors() -> list[Flag]:
    places = {
        "-fdet_vector": "detector.fast_axis",
        "-sdet_vector": "detector.slow_axis",
        "-odet_vector": "detector.normal_axis",
        "-beam_vector": "beam.direction",
        "-polar_vector": "beam.polarization_axis",
        "-spindle_axis": "sampling.spindle_axis",
    }
    return [Flag(text, take(3), act.vector(path)) for text, path in places.items()]


_CRYSTAL: Final = (
    *_one("-mat", act.matrix),
    Flag("-cell", take_cell, act.cell),
    Flag("-misset", take_misset, act.misset),
    *_one("-misset_seed", act.misset_seed),
    *_one("-hkl", act.hkl),
    *_one("-default_F", set_("crystal.default_F")),
    *_one("-dump", act.dump),
    *_one("-Na", set_("crystal.cells_a", act.cell_count)),
    *_one("-Nb", set_("crystal.cells_b", act.cell_count)),
    *_one("-Nc", set_("crystal.cells_c", act.cell_count)),
    *_one(
        "-N", set_("crystal.cells_a crystal.cells_b crystal.cells_c", act.cell_count), exact=True
    ),
    *_one(
        "-samplesize -sample_size -xtalsize -xtal_size",
        set_("crystal.size_a_mm crystal.size_b_mm crystal.size_c_mm", act.if_positive),
    ),
    *_one(
        "-sample_thick -sample_x -xtal_thick -xtal_x", set_("crystal.size_a_mm", act.if_positive)
    ),
    *_one(
        "-sample_width -sample_y -xtal_width -xtal_y -width",
        set_("crystal.size_b_mm", act.if_positive),
    ),
    *_one(
        "-sample_heigh -sample_z -xtal_heigh -xtal_z -heigh",
        set_("crystal.size_c_mm", act.if_positive),
    ),
    *_none("-square_xtal", act.constant("crystal.shape", "square")),
    *_none("-round_xtal", act.constant("crystal.shape", "round")),
    *_none("-gauss_xtal", act.constant("crystal.shape", "gauss")),
    *_none("-binary_spots -tophat_spots", act.constant("crystal.shape", "tophat")),
    *_one("-fudge", set_("crystal.fudge")),
    *_none("-interpolate", act.constant("crystal.interpolate", True)),
    *_none("-nointerpolate", act.constant("crystal.interpolate", False)),
    *_one("-mosaic", set_("crystal.mosaic_spread_deg", act.not_below_zero), exact=True),
    *_one("-mosaici -mosaic_spr", set_("crystal.mosaic_spread_deg", act.not_below_zero)),
    *_one("-mosaic_dom", set_("crystal.mosaic_domains", act.count_if_positive)),
    *_one("-mosaic_seed", set_("crystal.mosaic_seed", act.whole)),
    *_one("-density -sample_den -molec", act.number_without_effect),
    *_one("-MW", act.number_without_effect, exact=True),
    *_one("-stolout", act.no_effect),
    *_one("-water", set_("background.water_um")),
    *_one("-stol -4stol -Q", act.amorphous, exact=True),
)

_BEAM: Final = (
    *_one("-lambda -wave", set_("beam.wavelength_A")),
    *_one("-energy", act.energy),
    *_one("-fluence", set_("beam.fluence_per_m2")),
    *_one("-flux", set_("beam.flux_per_s", act.unless_zero)),
    *_one("-exposure", set_("beam.exposure_s")),
    *_one("-beamsize", set_("beam.size_mm")),
    *_one("-polar", act.polarization, exact=True),
    *_none("-nopolar", act.constant("beam.polarized", False)),
    *_one("-dispersion", set_("beam.dispersion_percent")),
    *_one("-dispsteps", set_("beam.dispersion_steps", act.count_if_positive)),
    *_one(
        "-divergence", set_("beam.divergence_h_mrad beam.divergence_v_mrad", act.unless_negative)
    ),
    *_one("-hdivrange", set_("beam.divergence_h_mrad", act.unless_negative)),
    *_one("-vdivrange", set_("beam.divergence_v_mrad", act.unless_negative)),
    *_one("-hdivstep", set_("beam.divergence_h_step_mrad", act.if_positive), exact=True),
    *_one("-vdivstep", set_("beam.divergence_v_step_mrad", act.if_positive), exact=True),
    *_one("-hdivsteps", set_("beam.divergence_h_steps", act.count_if_positive)),
    *_one("-vdivsteps", set_("beam.divergence_v_steps", act.count_if_positive)),
    *_one(
        "-divsteps",
        set_("beam.divergence_h_steps beam.divergence_v_steps", act.count_if_positive),
    ),
    *_none("-round_div", act.constant("beam.round_divergence", True)),
    *_none("-square_div", act.constant("beam.round_divergence", False)),
    *_one("-sourcefile", act.sources),
    *_none("-coherent", act.no_effect),
)

_DETECTOR: Final = (
    *_one("-img -mask", act.nothing),
    *_one("-pixel", set_("detector.pixel_mm")),
    *_one("-detsize", set_("detector.size_fast_mm detector.size_slow_mm"), exact=True),
    *_one("-detsize_f", set_("detector.size_fast_mm")),
    *_one("-detsize_s", set_("detector.size_slow_mm")),
    *_one(
        "-detpixels", set_("detector.pixels_fast detector.pixels_slow", act.pixel_count), exact=True
    ),
    *_one("-detpixels_f -detpixels_x", set_("detector.pixels_fast", act.pixel_count)),
    *_one("-detpixels_s -detpixels_y", set_("detector.pixels_slow", act.pixel_count)),
    *_one("-distance", act.place("detector.distance_mm", "beam")),
    *_one("-close_distance", act.place("detector.close_distance_mm", "sample")),
    *_one("-Xbeam", act.place("detector.beam_x_mm", "beam")),
    *_one("-Ybeam", act.place("detector.beam_y_mm", "beam")),
    *_one("-Xclose", act.place("detector.close_x_mm", "sample")),
    *_one("-Yclose", act.place("detector.close_y_mm", "sample")),
    *_one("-ORGX", act.place("detector.org_x_px", "sample")),
    *_one("-ORGY", act.place("detector.org_y_px", "sample")),
    *_none("-mosflm", act.convention("mosflm", "beam")),
    *_none("-adxv", act.convention("adxv", "beam")),
    *_none("-denzo", act.convention("denzo", "beam")),
    *_none("-dials", act.convention("dials", "beam")),
    *_none("-xds", act.convention("xds", "sample")),
    *_vectors(),
    Flag("-twotheta_axis", take(3), act.twotheta_axis),
    Flag("-pix0_vector", take(3), act.pix0_vector),
    *_one("-twotheta", act.place("detector.twotheta_deg", "sample")),
    *_one("-detector_rotx", set_("detector.rotation_x_deg")),
    *_one("-detector_roty", set_("detector.rotation_y_deg")),
    *_one("-detector_rotz", set_("detector.rotation_z_deg")),
    *_one("-pivot", act.pivot),
    Flag("-curved_det", take_none_but_not_last, act.constant("detector.curved", True)),
    *_none("-point_pixel", act.constant("detector.point_pixel", True)),
    *_one("-detector_abs", act.attenuation, essential=True),
    *_one("-detector_thick", set_("detector.thickness_um"), exact=True, essential=True),
    *_one(
        "-detector_thicksteps -thicksteps",
        set_("detector.thickness_layers", act.count_if_positive),
        essential=True,
    ),
    Flag("-roi", take(4), act.roi),
)

_COMPOUNDING: Final = {
    "-oversample_thick": "capture",
    "-oversample_polar": "polarization",
    "-oversample_omega": "omega",
}
_SAMPLING: Final = (
    *_one("-phi", set_("sampling.phi_start_deg"), exact=True),
    *_one("-osc", set_("sampling.osc_deg", act.unless_negative)),
    *_one("-phistep", set_("sampling.phi_step_deg", act.unless_negative), exact=True),
    *_one("-phisteps", set_("sampling.phi_steps", act.step_count)),
    *(Flag(text, take(0), act.compounding(option)) for text, option in _COMPOUNDING.items()),
    Flag(
        "-oversample",
        take(1),
        set_("sampling.oversample", act.count_if_positive),
        unless=tuple(_COMPOUNDING),
    ),
    *_one("-dmin", set_("sampling.dmin_A", act.not_below_zero)),
    *_one("-semantics", act.semantics, exact=True, essential=True),
)

_OUTPUT: Final = (
    *_one("-floatfile -floatimage", act.output_file("float")),
    *_one("-float64file", act.output_file("float64"), exact=True),
    *_one("-intfile -intimage", act.output_file("int")),
    *_one("-pgmfile -pgmimage", act.output_file("pgm", "wants_pgm")),
    *_one("-noisefile -noiseimage", act.output_file("noise", "wants_noise")),
    *_one("-scale", act.output_number("int_scale")),
    *_one("-adc", act.output_number("adc")),
    *_one("-pgmscale", act.output_number("pgm_scale", switch="wants_pgm")),
    *_one("-seed", act.output_number("noise_seed", act.whole)),
    *_none("-nopgm", act.output_switch("wants_pgm", False)),
    *_none("-nonoise", act.output_switch("wants_noise", False)),
    *_none("-progress", act.output_switch("progress", True)),
    *_none("-noprogress", act.output_switch("progress", False)),
    *_none("-printout", act.output_switch("printout", True)),
    Flag("-printout_pixel", take(2), act.printout_pixel),
    Flag("-trace_pixel", take(2), act.no_effect),
    *(
        Flag(text, take(0), act.output_switch(name, False), exact=True)
        for text, name in (
            ("-nofloat", "wants_float"),
            ("-noint", "wants_int"),
            ("-nodump", "wants_dump"),
        )
    ),
)

#: What the flags are about -> their rows.
FLAG_GROUPS: Final[Mapping[str, tuple[Flag, ...]]] = {
    "Crystal": _CRYSTAL,
    "Beam": _BEAM,
    "Detector": _DETECTOR,
    "Sampling": _SAMPLING,
    "Output": _OUTPUT,
}
#: The whole table; an argument may match several rows, and all of them act.
FLAGS: Final[tuple[Flag, ...]] = tuple(flag for rows in FLAG_GROUPS.values() for flag in rows)
