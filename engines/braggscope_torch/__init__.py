"""The torch engine: one simulator for CPU and CUDA."""
