"""Traces that programs printed: read from logs, names and units put right."""
