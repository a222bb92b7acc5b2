"""The formats that bans are read from: a module each, which names the source of what it knows."""
