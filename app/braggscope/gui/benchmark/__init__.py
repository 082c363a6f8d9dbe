"""Run ▸ Benchmark: how fast the engines are here."""
