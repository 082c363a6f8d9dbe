"""The images of A and B beside their difference."""
