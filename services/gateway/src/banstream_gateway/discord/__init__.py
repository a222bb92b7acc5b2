"""Commands in Discord: interactions come over HTTP, signed, and are answered at once and then by a changed message."""
