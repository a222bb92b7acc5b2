"""From the bytes of an admin log to events: lines, their times, and what they say. Pure."""
