"""Sessions as files: what the window shows, saved to be opened again, and kept against a crash."""
