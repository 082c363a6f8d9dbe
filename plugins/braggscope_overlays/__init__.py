"""Crystallography drawn over detector images: beam, rings, axes, predicted reflections, mask."""
