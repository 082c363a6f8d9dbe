"""Trying out an engine file: what works, what differs from Braggscope's own, what is missing."""
