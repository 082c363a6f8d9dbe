"""Arrays of any kind: the set-up physics takes NumPy arrays and torch tensors alike.

Everything is float64. With torch tensors as input, gradients flow through (array API standard).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, is_torch_array

#: A NumPy array, a NumPy scalar or a torch tensor; shapes are said in the docstrings.
Array: TypeAlias = Any
#: NumPy 2 is one itself; the wrapper around it imports all of NumPy, 0.2 s before the first frame.
_NUMPY_IS_A_NAMESPACE = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


def namespace(*values: Array) -> Any:
    """The array API namespace that the values share; a torch tensor among them decides."""
    tensors = [value for value in values if is_torch_array(value)]
    if not tensors and _NUMPY_IS_A_NAMESPACE:
        return np
    arrays: list[Any] = tensors or [np.asarray(value) for value in values]
    return array_namespace(*arrays)


def like(value: Array, *others: Array) -> Array:
    """A value as a float64 array of the kind, and on the device, that it is computed with."""
    if is_torch_array(value):
        return value
    tensor = next((other for other in others if is_torch_array(other)), None)
    numbers = np.asarray(value, dtype=np.float64)
    if tensor is None:
        return numbers
    xp = array_namespace(tensor)
    return xp.asarray(numbers, dtype=xp.float64, device=tensor.device)


def number(value: Array) -> float:
    """A value as a plain number, for decisions that have no derivative."""
    return float(value.detach()) if is_torch_array(value) else float(value)


def _each(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of the C library on NumPy arrays.

    NumPy's own sine and cosine differ from it in the last bit; the other engine's program uses it,
    and close to a Bragg peak a last bit of the cell is amplified a millionfold (spec section 14).
    """

    def defined(value: float) -> float:
        # Of an infinite angle C gives NaN, where Python raises.
        return function(value) if math.isfinite(value) else math.nan

    ufunc = np.frompyfunc(defined, 1, 1)
    return lambda value: np.asarray(ufunc(value), dtype=np.float64)[()]


_SIN, _COS = _each(math.sin), _each(math.cos)


def sin(angle_rad: Array) -> Array:
    """Sine of numbers, arrays or tensors."""
    return namespace(angle_rad).sin(angle_rad) if is_torch_array(angle_rad) else _SIN(angle_rad)


def cos(angle_rad: Array) -> Array:
    """Cosine of numbers, arrays or tensors."""
    return namespace(angle_rad).cos(angle_rad) if is_torch_array(angle_rad) else _COS(angle_rad)


def stack(*components: Array) -> Array:
    """Numbers to a vector, vectors to a matrix: joined along a new first axis."""
    # One tensor stands for all: looking through all of them for each would be quadratic.
    tensor = [next((each for each in components if is_torch_array(each)), components[0])]
    return namespace(*tensor).stack([like(each, *tensor) for each in components])
