"""The gateway over HTTP, as commands ask it."""
