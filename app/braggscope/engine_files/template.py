"""The example that `braggscope engines new` writes: every key, with what it means."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
# An engine for Braggscope: how your program is run, and where image and trace come out.
#
#   braggscope engines check THIS.toml                  what works, and what is missing
#   braggscope compare x.toml -b THIS.toml              against Braggscope's own simulator
#   cp THIS.toml ~/.config/braggscope/engines/          for good, in the window too
#
# Keys with # in front show their default.

id = "{id}"                   # on the command line: letters, digits . + - _
title = "{title}"
# description = ""

# Program and arguments; no shell is in between. A relative path of the program begins at this file.
# In braces stands what Braggscope fills in:
#   {{command_line}}     the experiment as nanoBragg flags, each an argument of its own
#   {{experiment_toml}}  path of the experiment as TOML, as Braggscope saves it
#   {{experiment_json}}  path of a JSON file: what was said, and every number that follows from it
#   {{hkl}}              path of the structure factors as text, h k l F
#   {{image}}            path of the image to write
#   {{threads}}          how many threads it may use
#   {{folder}}, {{here}}   the working folder, the folder of this file
# One of the first three is needed. {{{{ and }}}} are braces themselves.
command = ["./my_port", "{{command_line}}", "-floatfile", "{{image}}"]

# Prints a version in its first line. It also tells at the start whether the program can run here.
# version_command = ["./my_port", "--version"]

# Files, from this one's folder on, whose change makes it another program: images are made anew.
# The program itself, and files among the arguments, count anyway.
# depends_on = ["src/**/*.py"]

# here = ""                      # where {{here}} and relative paths begin; "" is this file's folder
# working_folder = ""            # "" is a fresh one for each run, removed afterwards
# time_limit_s = 3600.0
# precision = "float64"          # of its numbers: decides the tolerances of traces
# regular expression of a percentage in what it prints
# progress = '(?<!\\d)(?<!\\d\\.)(\\d{{1,3}}(?:\\.\\d+)?) ?%'

# [environment]
# OMP_NUM_THREADS = "{{threads}}"
# PYTHONPATH = "{{here}}/src"

[image]
file = "image.bin"               # in the working folder; with * or ? the one file that matches
format = "raw"                   # or "auto": npy, npz, HDF5, CBF, SMV, TIFF, EDF, by the content
type = "float32"                 # of raw pixels: float32 float64 int16 int32 int64 uint16 …
# byte_order = "little"
# skip_bytes = 0                 # a header in front of raw pixels
# dataset = ""                   # of HDF5 or npz; format = "auto"
# frame = 1                      # of a file with several
# scale = 1.0                    # photons per pixel = scale · value + offset
# offset = 0.0
# transpose = false              # true: the file has the fast axis first
# flip_slow = false              # after that, an index that runs backwards
# flip_fast = false

# Without this table the program traces no pixels.
# [trace]
# arguments = ["-trace_pixel", "{{trace_slow}}", "{{trace_fast}}"]   # appended to command
# command = []                   # or a whole command of its own
# output = "stdout"              # "stderr", or a file in the working folder
# grammar = "any"                # "complete" (TRACE2), "trace_c" (TRACE_C), "printout_pixel"

# Semantics beyond nanoBragg's own (docs/semantics.md), and the arguments that ask for them.
# [semantics.omega]
# compounding = ["-oversample_omega"]
# mean = ["--omega", "mean"]

# What the program cannot do: a run that needs it is refused, with this reason, before it starts.
# [refuses]
# flags = ["-curved_det", "-dmin"]              # as Braggscope writes them
# fields = ["detector.thickness_um"]            # those of the experiment
# semantics = ["phi_carry_over=on"]             # nanoBragg's own behaviour that it does not have
"""


def example(engine_id: str) -> str:
    """The example for an engine of that id."""
    return TEMPLATE.format(id=engine_id, title=engine_id.replace("-", " ").replace("_", " "))
