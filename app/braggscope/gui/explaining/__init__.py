"""Trace ▸ Explain the difference: which one change of A gives the image of B."""
