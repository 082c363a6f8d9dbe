"""A port that prints without end: many lines, and one line that is never finished."""

import sys

for number in range(200_000):
    print("line", number, "x" * 80)
sys.stdout.write("y" * 20_000_000)
sys.stdout.flush()
import numpy as np  # noqa: E402

np.ones((30, 40), np.float32).tofile(sys.argv[1])
print("\nthe end")
