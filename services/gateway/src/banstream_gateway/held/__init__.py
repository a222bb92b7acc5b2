"""What this process holds in memory, so that a join check asks nobody."""
