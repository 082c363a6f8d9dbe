"""The pixel-trace view: both traces of a pixel, row by row, to the first variable that differs."""
