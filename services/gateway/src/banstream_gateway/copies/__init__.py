"""A copy on disk of what checks are answered from, for a start without NATS."""
