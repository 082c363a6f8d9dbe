"""A port whose image has NaN in every other pixel of the first row."""

import sys

import numpy as np

pixels = np.ones((30, 40), np.float32)
pixels[0, ::2] = np.nan
pixels.tofile(sys.argv[1])
