"""Shared parts of benchmarks: processor time and memory of processes, load, results, tables and charts."""
