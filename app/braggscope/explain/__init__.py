"""Why two runs differ: where divergence starts over the image, and which change removes it."""
