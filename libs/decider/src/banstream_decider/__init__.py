"""The frame of a service that decides commands and keeps a log: one leader, its intake, its relay, its answers."""
