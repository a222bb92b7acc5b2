"""What this process holds of EVENTS and presences, and who is told when that changes."""
