"""Where the log comes from: the window, Python's logging, and what workers print."""
