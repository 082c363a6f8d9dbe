"""A port that takes TOML and writes big-endian integers behind a header of 16 bytes."""

import sys
import tomllib

import numpy as np

with open(sys.argv[1], "rb") as stream:
    detector = tomllib.load(stream)["detector"]
slow, fast = np.indices((detector["pixels_slow"], detector["pixels_fast"]))
with open("frame_0001.raw", "wb") as stream:
    stream.write(b"header of port  ")
    stream.write((1000 * slow + fast).astype(">i4").tobytes())
