"""Any nanoBragg-compatible program as a Braggscope engine; `reference/` holds our own in C."""
