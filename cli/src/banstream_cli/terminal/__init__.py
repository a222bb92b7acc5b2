"""How a command runs in a terminal: its streams, what it prints, and how it ends."""
