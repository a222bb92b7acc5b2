"""One instance of every message with every field set, for golden files and documentation."""
