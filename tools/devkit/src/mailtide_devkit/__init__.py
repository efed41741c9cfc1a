"""Developer tools: servers and stacks on one machine, the demo, test fixtures, and generated files."""
