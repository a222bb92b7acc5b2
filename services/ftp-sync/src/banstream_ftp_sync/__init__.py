"""Keeps ban files on game servers as the infractions say, and never damages one."""
