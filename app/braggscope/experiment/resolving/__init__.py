"""The steps of `resolve`: each part of the experiment to its part of the Setup."""
