"""The embedded stack: NATS, Postgres and the services on one machine, for `banstream up`."""
