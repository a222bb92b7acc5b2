"""Benchmarks, each beside a control of the same run. See README.md."""
