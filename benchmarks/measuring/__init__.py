"""What benchmarks share: CPU of processes, load, results and their tables."""
