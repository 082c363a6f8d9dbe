"""Run slots: engine, options, overrides, state; and what differs between A and B."""
