"""A port that takes JSON and writes .npy: pixel value = 1000 slow + fast, in units of default_F."""

import json
import sys

import numpy as np

with open(sys.argv[1]) as stream:
    data = json.load(stream)
resolved = data["resolved"]
slow, fast = np.indices((resolved["spixels"], resolved["fpixels"]))
print("50% of it", flush=True)
np.save(sys.argv[2], (1000 * slow + fast) * float(resolved["default_F"]))
