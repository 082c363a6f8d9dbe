"""The native kernel: C with SIMD, called on the image's memory from threads without Python's lock.

`support` says what it can do exactly, `job` what it is told of a run, `library` where its
code is, `rendering` how a region is shared among threads, `image` how a
whole image comes of it, `search` where interpolation ends.
"""
