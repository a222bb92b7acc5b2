"""What an installation is configured with: keys, certificates, the nodes and accounts of NATS, Secrets."""
