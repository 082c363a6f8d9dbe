"""A small Braggscope plugin: an engine, a metric, a difference map and a dock.

It is also the hostile plugin of the tests: with BRAGGSCOPE_EXAMPLE_FAULT=POINT, the code at that
point misbehaves; see `braggscope_example.faults`.
"""
