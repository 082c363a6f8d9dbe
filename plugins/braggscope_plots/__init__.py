"""Plots of A and B below the images, and the list of Bragg peaks."""
