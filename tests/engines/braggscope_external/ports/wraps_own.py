"""A port that is Braggscope's own C program, with faults: FAULT PROGRAM IMAGE FLAGS…

transposed, flipped, scaled: the image comes out so. deaf: it does not hear -polar and -nopolar.
"""

import subprocess
import sys

import numpy as np

fault, program, image, *flags = sys.argv[1:]
if fault == "deaf":
    while "-polar" in flags:
        at = flags.index("-polar")
        del flags[at : at + 2]
    flags = [flag for flag in flags if flag != "-nopolar"]
done = subprocess.run([program, *flags, "-float64file", "own.bin", "-nofloat", "-noint"])
if done.returncode == 0 and "-trace_only" not in flags:
    size = [int(flags[flags.index(f"-detpixels_{axis}") + 1]) for axis in "yx"]
    pixels = np.fromfile("own.bin").reshape(size)
    if fault == "transposed":
        pixels = pixels.T[::-1]
    if fault == "scaled":
        pixels = pixels / 250.0
    np.ascontiguousarray(pixels).tofile(image)
sys.exit(done.returncode)
