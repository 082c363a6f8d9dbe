"""Do A and B agree? The verdict first, then every metric."""
