"""Real servers for tests: they listen on free ports of the loopback address and end with their `with` block."""
