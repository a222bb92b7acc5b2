"""What goes wrong in a way that is expected, and what pages say of it. Pure."""
