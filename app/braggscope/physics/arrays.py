"""Arrays of any kind: the set-up physics takes NumPy arrays and torch tensors alike.

Everything is float64. With torch tensors as input, gradients flow through (array API standard).
"""

from __future__ import annotations

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


def array(xp: Any, value: Array) -> Array:
    """A value as an array of a namespace, float64."""
    return xp.asarray(value, dtype=xp.float64)


def stack(*components: Array) -> Array:
    """Numbers to a vector, vectors to a matrix: joined along a new first axis."""
    xp = namespace(*components)
    return xp.stack([array(xp, component) for component in components])
