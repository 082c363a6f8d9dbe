"""How well two detector images agree: metrics, thresholds and difference maps."""
