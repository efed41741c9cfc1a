"""The demo, and what it shares with tests and benchmarks: user actions, comparisons, measurements."""
