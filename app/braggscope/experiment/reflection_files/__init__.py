"""Structure factors in the formats of crystallography, each read to reflections in P1."""
