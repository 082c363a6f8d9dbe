"""The kernel for graphics cards, in Triton: a pixel with all its steps in registers.

`device` is what runs on the card, `layout` where it finds the numbers of a run, `job` brings them
there, `plan` cuts a region into launches that a cancelled run need not wait for, `rendering` runs
them, `image` makes whole images of it, `search` finds where interpolation ends, `kernels` whether
Triton is there at all.
"""
