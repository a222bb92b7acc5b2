"""Breaking the real processes on purpose, by a plan that a seed makes. See docs/chaos.md."""
