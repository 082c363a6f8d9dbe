"""Braggscope: see whether and where two X-ray diffraction simulators differ."""

__version__ = "0.1.0"
