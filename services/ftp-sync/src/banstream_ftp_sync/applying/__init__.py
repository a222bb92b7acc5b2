"""Bringing one ban file up to date, and never damaging one: what to do with what was read, and doing it."""
