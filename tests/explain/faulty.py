"""Simulators with one fault each: ours, with a number or a function replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch

from braggscope.api import DetectorImage, PixelTrace, Provenance, Run, RunContext
from braggscope.api.catalogue import is_option
from braggscope_torch import crystal, physics
from braggscope_torch.engine import create
from braggscope_torch.physics import Polarization, Position

#: (module, attribute) -> what takes its place, made from the original.
Patches = Mapping[tuple[Any, str], Callable[[Any], Any]]

BASE = "-cell 60 70 80 85 95 100 -default_F 100 -lambda 1 -distance 100 -N 5"
SMALL = "-pixel 0.8 -detpixels 64"


@dataclass(frozen=True)
class Fault:
    """One thing done wrong.

    Attributes:
        name: in words.
        flags: an experiment in which it shows.
        pixel: one in which it shows, (slow, fast).
        first: the variable that differs first there.
        explained_by: id of the hypothesis that it is; "" if it is none of them.
        overrides, semantics: what the faulty program takes instead of what it was told; its trace
            does not admit the semantics.
        patches: functions that are replaced.
    """

    name: str
    flags: str
    pixel: tuple[int, int]
    first: str
    explained_by: str = ""
    overrides: tuple[tuple[str, Any], ...] = ()
    semantics: Mapping[str, str] = field(default_factory=dict)
    patches: Patches = field(default_factory=dict)


class Done:
    """A job that has ended."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def result(self) -> Any:
        return self.value


class HostWithFault:
    """What is asked of a host: `torch-cpu` is right, `faulty` has the fault."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._engine = create("torch-cpu", {})

    def render(self, run: Run) -> Done:
        with self._as_asked(run) as (engine, asked):
            prepared = engine.prepare(asked)
            image = np.zeros(prepared.shape, dtype=prepared.dtype)
            engine.render(asked, image, RunContext())
        return Done(DetectorImage(image, None, Provenance(run)))

    def trace(self, run: Run, pixels: Any) -> Done:
        with self._as_asked(run) as (engine, asked):
            traces = engine.trace(asked, list(pixels), RunContext())
        if run.engine == "faulty":
            told = self._engine.trace(_plain(run), list(pixels), RunContext())
            traces = [_silent(*pair) for pair in zip(traces, told, strict=True)]
        return Done(list(traces))

    @contextmanager
    def _as_asked(self, run: Run) -> Iterator[tuple[Any, Run]]:
        if run.engine != "faulty":
            yield self._engine, run
            return
        changed = dict(run.overrides) | dict(self._fault.overrides)
        semantics = run.semantics.model_copy(update=dict(self._fault.semantics))
        asked = _plain(run).model_copy(
            update={"overrides": tuple(changed.items()), "semantics": semantics}
        )
        with pytest.MonkeyPatch.context() as patch:
            for (module, name), make in self._fault.patches.items():
                patch.setattr(module, name, make(getattr(module, name)))
            # What was prepared before the patch is not what the faulty program would prepare.
            yield create("torch-cpu", {}), asked


def _plain(run: Run) -> Run:
    return run.model_copy(update={"engine": "torch-cpu", "options": (("kernel", "eager"),)})


def _silent(faulty: PixelTrace, told: PixelTrace) -> PixelTrace:
    """The faulty trace with the options that the program believes it follows."""
    kept = tuple(told[v.name] if is_option(v.name) else v for v in faulty.variables)
    return replace(faulty, engine="faulty", variables=kept)


# ── functions gone wrong ──────────────────────────────────────────────────────────────────────


def _halves_up(original: Any) -> Any:
    class HalvesUp(original):  # type: ignore[misc]
        @property
        def nearest(self) -> torch.Tensor:
            return torch.floor(self.hkl + 0.5)

        @property
        def fraction(self) -> torch.Tensor:
            return self.hkl - self.nearest

    return HalvesUp


def _fewer_cells(original: Any) -> Any:
    def square_factors(indices: Any, n_cells: Any, *rest: Any) -> Any:
        return original(indices, tuple(cells - 1 for cells in n_cells), *rest)

    return square_factors


def _single_precision(original: Any) -> Any:
    def position(*given: Any) -> Position:
        exact = original(*given)
        lab = exact.lab_m.float().double()
        distance = torch.linalg.vector_norm(lab, dim=0)
        return Position(
            exact.detector_m, exact.flat_m.float().double(), lab, distance, lab / distance
        )

    return position


def _swapped(original: Any) -> Any:
    return lambda tables, slow, fast, layer, v, u: original(tables, fast, slow, layer, u, v)


def _no_obliquity(original: Any) -> Any:
    def solid_angle(tables: Any, distance_m: torch.Tensor) -> torch.Tensor:
        return original(tables, distance_m) * distance_m / tables.arrays.close_distance_m

    return solid_angle


def _first_layer(original: Any) -> Any:
    return lambda tables, cosine, layer: original(tables, cosine, 0)


def _single_angle(original: Any) -> Any:
    def polarization(tables: Any, direction: Any, incident: Any) -> Polarization:
        right = original(tables, direction, incident)
        square = right.cos2theta**2
        kahn = tables.setup.beam.kahn_factor
        wrong = 0.5 * (1 + square - kahn * torch.cos(right.psi_rad) * (1 - square))
        return Polarization(right.cos2theta, right.psi_rad, wrong)

    return polarization


def _half_theta(original: Any) -> Any:
    """q of 2 sin θ/λ taken for sin θ/λ."""
    return lambda direction, incident, wavelength: original(direction, incident, wavelength) / 2.0


# ── the faults ────────────────────────────────────────────────────────────────────────────────

THICK = "-detector_thick 450 -detector_abs 300 -detector_thicksteps 3"
MOSAIC = "-mosaic 1 -mosaic_domains 4"

FAULTS = (
    Fault(
        "wavelength 0.1 % off", f"{BASE} {SMALL}", (10, 50), "lambda0_m", "wavelength*1.001",
        overrides=(("beam.wavelength_A", 1.001),),
    ),
    Fault(
        "misset taken for radians", f"{BASE} {SMALL} -misset 10 20 30", (10, 50), "misset_rad",
        "crystal.misset_deg:as_radians",
        overrides=(("crystal.misset_deg", tuple(np.degrees([10.0, 20.0, 30.0]).tolist())),),
    ),
    Fault(
        "mosaic spread converted twice", f"{BASE} {SMALL} {MOSAIC}", (10, 50), "eta_rad",
        "crystal.mosaic_spread_deg:converted_twice",
        overrides=(("crystal.mosaic_spread_deg", float(np.radians(1.0))),),
    ),
    Fault(
        "distance in cm", f"{BASE} {SMALL}", (10, 50), "distance_in_m", "detector.distance_mm*10",
        overrides=(("detector.distance_mm", 1000.0),),
    ),
    Fault(
        "cell in nm", f"{BASE} {SMALL}", (10, 50), "recip_default", "crystal.cell*0.1",
        overrides=(
            (
                "crystal.cell",
                {"a_A": 6.0, "b_A": 7.0, "c_A": 8.0, "alpha_deg": 85.0, "beta_deg": 95.0,
                 "gamma_deg": 100.0},
            ),
        ),
    ),
    Fault(
        "thickness in mm", f"{BASE} {SMALL} {THICK}", (10, 50), "thick_m",
        "detector.thickness_um*0.001", overrides=(("detector.thickness_um", 0.45),),
    ),
    Fault(
        "wrong half pixel", f"{BASE} {SMALL} -Xbeam 20 -Ybeam 30", (10, 50), "Xbeam_m",
        "centre_x-0.5px", overrides=(("detector.beam_x_mm", 19.6),),
    ),
    Fault(
        "beam centre swapped", f"{BASE} {SMALL} -Xbeam 20 -Ybeam 30", (10, 50), "Xbeam_m",
        "centre_swapped",
        overrides=(("detector.beam_x_mm", 30.0), ("detector.beam_y_mm", 20.0)),
    ),
    Fault(
        "polarisation off", f"{BASE} {SMALL}", (10, 50), "polarized", "polarized",
        overrides=(("beam.polarized", False),),
    ),
    Fault(
        "Kahn factor forgotten", f"{BASE} {SMALL} -polar 0.9", (10, 50), "kahn_factor", "kahn=0",
        overrides=(("beam.kahn_factor", 0.0),),
    ),
    Fault(
        "phi the other way round", f"{BASE} {SMALL} -phi 20 -osc 2 -phisteps 2", (10, 50),
        "phi0_rad", "sampling.phi_start_deg:reversed",
        overrides=(("sampling.phi_start_deg", -20.0),),
    ),
    Fault(
        "solid angle of the last sub-pixel", f"{BASE} {SMALL} -oversample 3", (3, 4),
        "omega_in_force", "semantics.omega=last", semantics={"omega": "last"},
    ),
    Fault(
        "mean solid angle", f"{BASE} {SMALL} -oversample 3", (3, 4), "omega_in_force",
        "semantics.omega=mean", semantics={"omega": "mean"},
    ),
    Fault(
        "phi carry-over missing", f"{BASE} {SMALL} -phi 0 -osc 4 -phisteps 3", (10, 50),
        "phi_carried", "semantics.phi_carry_over=off", semantics={"phi_carry_over": "off"},
    ),
    Fault(
        "source weights applied", f"{BASE} {SMALL} -sourcefile weighted.txt", (10, 50), "weight",
        "semantics.source_weights=used", semantics={"source_weights": "used"},
    ),
    Fault(
        "capture of the wrong layer", f"{BASE} {SMALL} {THICK}", (10, 50), "cap_now",
        patches={(physics, "captured_fraction"): _first_layer},
    ),
    Fault(
        "halves rounded up", "-cell 25 25 25 90 90 90 -lambda 10 -distance 40 -N 3 -hkl axis.hkl"
        " -nointerpolate -pixel 0.25 -detpixels_f 9 -detpixels_s 240 -oversample 1"
        " -Xbeam 0 -Ybeam 1", (120, 4), "hkl0",
        patches={(crystal, "Indices"): _halves_up},
    ),
    Fault(
        "N − 1 in the sine ratio", f"{BASE} {SMALL}", (10, 50), "F_latt_a", "N-1",
        patches={
            (crystal, "square_factors"): _fewer_cells,
            (crystal, "lattice_factor_at_once"): lambda original: lambda *given: None,
        },
    ),
    Fault(
        "geometry in single precision", f"{BASE} {SMALL}", (10, 50), "pos_m",
        patches={(physics, "position"): _single_precision},
    ),
    Fault(
        "fast and slow swapped", f"{BASE} {SMALL}", (10, 50), "FSO", "image.transposed",
        patches={(physics, "position"): _swapped},
    ),
    Fault(
        "obliquity missing in the solid angle", f"{BASE} {SMALL} -twotheta 20", (10, 50),
        "omega_now", patches={(physics, "solid_angle"): _no_obliquity},
    ),
    Fault(
        "psi once instead of twice", f"{BASE} {SMALL} -polar 0.9", (10, 50), "polar_now",
        patches={(physics, "polarization"): _single_angle},
    ),
    Fault(
        "scattering vector half as long", f"{BASE} {SMALL}", (10, 50), "q",
        patches={(physics, "scattering_vector"): _half_theta},
    ),
)  # fmt: skip
