"""Engines that a TOML file describes: any command that makes images, and perhaps traces."""
