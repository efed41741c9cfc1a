"""Tools of developers: servers and stacks on one machine, the demo, test fixtures, and generated files."""
