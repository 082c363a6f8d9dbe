"""Image files as an engine: measured or simulated elsewhere, in the place of a simulation."""
