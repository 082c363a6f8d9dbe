"""Trace ▸ Open log: traces that programs printed elsewhere."""
