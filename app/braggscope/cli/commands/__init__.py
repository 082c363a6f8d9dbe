"""A module for each command: its options, and what it says of itself. Imported when asked for."""
