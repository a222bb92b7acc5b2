"""Start-up of a banstream service: logs, traces, metrics, NATS connection."""
