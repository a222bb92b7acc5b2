"""NATS and Postgres themselves, for what no gateway does."""
