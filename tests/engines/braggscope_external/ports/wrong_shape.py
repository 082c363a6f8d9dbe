"""A port that writes an image of SLOW FAST pixels, whatever the experiment says."""

import sys

import numpy as np

np.save(sys.argv[1], np.ones((int(sys.argv[2]), int(sys.argv[3]))))
