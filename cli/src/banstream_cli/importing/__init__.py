"""Bans of other systems: their formats, read into rows that can be imported."""
