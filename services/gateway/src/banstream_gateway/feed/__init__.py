"""What game servers are told as it happens: from EVENTS into a ring, and in pages out of it."""
