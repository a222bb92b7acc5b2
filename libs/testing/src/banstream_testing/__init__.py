"""Real NATS and Postgres servers for tests and benchmarks, and waiting for conditions."""
