"""The native API: its routes, what clients send and get there, and what is done in between."""
