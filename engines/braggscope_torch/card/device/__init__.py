"""What runs on the graphics card, in Triton: importing it imports triton.

`geometry` says where a sub-pixel is and what a source does there, `lattice` and `lookup` what an
orientation gives, `delicate` what rounding changes of it, `kernel` goes through all of them. The
interpreter that tests use and the compiler take the same code: no libdevice, and rounding by adding
and taking away 1.5·2^52 or by `ceil`.
"""
