"""Sessions as the window saves, opens and keeps them; `gui.session` is the one under way."""
