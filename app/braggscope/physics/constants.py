"""Constants of the simulation (spec section 1)."""

import math
from typing import Any, Final

#: Square of the classical electron radius, m².
ELECTRON_RADIUS_SQUARED_M2: Final = 7.94079248018965e-30
#: Incident fluence, photons/m², that makes r_e²·fluence equal to one.
DEFAULT_FLUENCE_PER_M2: Final = 125932015286227086360700780544.0
#: Molecules per mole.
AVOGADRO: Final = 6.02214179e23
#: Photon energy times wavelength, eV·Å.
ENERGY_WAVELENGTH_EV_A: Final = 12398.42
#: Degrees in a radian; nanoBragg divides by it, multiplying by pi/180 rounds differently.
DEGREES_PER_RADIAN: Final = 180.0 * (1.0 / math.pi)


def radians(degrees: Any) -> Any:
    """Degrees to radians with nanoBragg's rounding (spec section 0); numbers or arrays."""
    return degrees / DEGREES_PER_RADIAN
