"""The torch engine: one simulator for CPU and CUDA."""

import os

# On a busy machine, threads that spin at every barrier make torch ten times slower. This has to be
# said before torch is imported, and only if the user said nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
