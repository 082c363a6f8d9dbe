"""A port that prints a trace: FORM WHERE SLOW FAST [IMAGE]; without a pixel it makes an image."""

import sys

import numpy as np

TRACE_C = """TRACE_CONFIG: tracing pixel (spixel={slow}, fpixel={fast})
TRACE_C: pixel_pos_meters 0.1 0.002 -0.003
TRACE_C: R_distance_meters 0.125
TRACE_C: scattering_vec_A_inv 1e9 2e9 3e9
TRACE_C: rot_a_angstroms 100 0 0
TRACE_C: rot_b_angstroms 0 100 0
TRACE_C: rot_c_angstroms 0 0 100
TRACE_C: I_pixel_final 7.5"""
PRINTOUT = """{fast} {slow} : stol = 0.25 or 0.5
at 0.1 0.002 -0.003
hkl= 1.5 2.5 -3.5  hkl0= 2 3 -3
F_cell= 100 F_latt= 12.5 I = 8.75
I/steps 8.75
polar 0.97
omega 2.5e-06
capfrac 1
pixel 7.5"""
form, where, slow, fast, *image = sys.argv[1:]
if image:
    np.full((30, 40), 7.5, np.float32).tofile(image[0])
    sys.exit(0)
text = {
    "trace_c": TRACE_C,
    "origin": TRACE_C.format(slow=0, fast=0),
    "unsaid": TRACE_C.partition("\n")[2],
    "printout_pixel": PRINTOUT,
    "nothing": "done",
}[form]
said = text.format(slow=slow, fast=fast)
if where == "stdout":
    print("reading\n" + said)
elif where == "stderr":
    print("TRACE_C: I_pixel_final 99\nnot here")
    print(said, file=sys.stderr)
else:
    with open(where, "w") as stream:
        print(said, file=stream)
