"""Engines that a TOML file describes (docs/adapters.md)."""
