"""What kernels that reduce indices to their fractions are told of a run, whoever runs them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from braggscope_torch.tables import Tables

#: Up to so many cells the polynomial keeps all digits that count, by precision.
_FEW: Final = {"float64": 12, "mixed": 8}


def whole_cells(tables: Tables) -> list[int]:
    """Cells along a, b, c; 1 where there is less than one."""
    return [int(max(cells_across, 1)) for cells_across in tables.setup.crystal.n_cells]


def has_few_cells(tables: Tables) -> bool:
    """Whether sin(N x)/sin(x) is best taken as a polynomial."""
    return max(whole_cells(tables)) <= _FEW.get(tables.precision, 0)


def sine_ratio_polynomial(cells: int) -> list[int]:
    """sin(N x)/sin(x) as a polynomial in S = sin² x, highest power first.

    For even N it is to be multiplied by cos x. sin((2m + 1)x)/sin x = 1 + 2 Σ cos 2kx over
    k = 1 … m, and sin(2m x)/sin x = 2 cos x · Σ ± cos 2kx; both follow from Chebyshev's recurrence
    U(n) = 2 cos(x) U(n − 1) − U(n − 2), taken two steps at a time.
    """
    # Two steps at a time: R(n + 2) = (2 − 4S) R(n) − R(n − 2), for odd N and for even N over cos x.
    before, current = ([-1], [1]) if cells % 2 else ([0], [2])
    for _ in range((cells - 1) // 2):
        following = [2 * term for term in current] + [0]
        for power, term in enumerate(current):
            following[power + 1] -= 4 * term
        for power, term in enumerate(before):
            following[power] -= term
        before, current = current, following
    return current[::-1]


def kahn_axes(tables: Tables) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(sources, 3) unit vectors B and E of the Kahn factor; zero where the axis lies along k."""
    incident = as_numpy(tables.arrays.incident).astype(np.float64)
    magnetic = _unit(np.cross(tables.setup.beam.polarization_axis, incident))
    return magnetic, _unit(np.cross(incident, magnetic))


def as_numpy(array: object) -> NDArray[Any]:
    """A tensor of any device, or what NumPy takes, as an array."""
    return array.detach().cpu().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=vectors.copy(), where=length > 0)
